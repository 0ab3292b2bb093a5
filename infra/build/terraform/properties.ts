import { translate, type Cfn, type CfnResource, type Scope } from "./expressions.ts";
import type { Attribute, Value } from "./hcl.ts";

/** The properties of a resource. Each has to be taken: one that is forgotten is an error, so nothing gets lost. */
export type Properties = {
  /** The value of a property as it is written; undefined if the resource does not have it. */
  readonly take: (name: string) => Cfn | undefined;
  readonly translate: (value: Cfn) => Value;
  /** The attributes of these names, each with the value of its property, without those that the resource does not have. */
  readonly attributes: (names: Readonly<Record<string, string>>) => readonly Attribute[];
  /** Throws if a property was not taken. */
  readonly end: () => void;
};

export function openProperties(
  id: string,
  { Properties: all }: CfnResource,
  scope: Scope,
): Properties {
  const open = new Set(Object.keys(all));
  const take = (name: string): Cfn | undefined => {
    open.delete(name);
    return all[name];
  };
  return {
    take,
    translate: (value) => translate(value, scope),
    attributes: (names) =>
      Object.entries(names).flatMap(([property, name]) => {
        const value = take(property);
        return value === undefined ? [] : [{ name, value: translate(value, scope) }];
      }),
    end() {
      if (open.size > 0) throw new Error(`${id}: ${[...open].join(", ")} is not translated`);
    },
  };
}
