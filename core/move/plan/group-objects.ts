import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { nameMoved } from "../moved-object.ts";

/** Objects of one resource on one level, as one line or one node of a graph. */
export type ObjectGroup = {
  /** Unique in a plan. */
  readonly id: string;
  readonly level: number;
  readonly resource: string;
  readonly objects: readonly MovedObject[];
  /** `Machine shop/web-1`, or `412 Machines in shop`. */
  readonly label: string;
  /** The ids of the groups that own objects of it. */
  readonly owners: readonly string[];
};

/** More objects of one resource and level than these are shown as a number. */
const MOST_SHOWN = 12;

/** The objects of a plan for people: each by itself, and many of a kind as one group. */
export function groupObjects(
  objects: readonly MovedObject[],
  most: number = MOST_SHOWN,
): readonly ObjectGroup[] {
  const alike = new Map<string, MovedObject[]>();
  for (const object of objects) {
    const key = `${object.level}/${toResourceName(object)}`;
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [object]);
    else known.push(object);
  }
  const parts = [...alike.values()].flatMap((members) =>
    members.length > most ? [members] : members.map((object) => [object]),
  );
  const ids = new Map(parts.flatMap((part, at) => part.map(({ uid }) => [uid, `o${at}`] as const)));
  return parts.flatMap((part, at): readonly ObjectGroup[] => {
    const [first] = part;
    if (first === undefined) return [];
    const owners = part.flatMap((object) =>
      (object.owners ?? []).flatMap((uid) => ids.get(uid) ?? []),
    );
    return [
      {
        id: `o${at}`,
        level: first.level,
        resource: toResourceName(first),
        objects: part,
        label: part.length === 1 ? nameMoved(first) : describeMany(part, first),
        owners: [...new Set(owners)],
      },
    ];
  });
}

function describeMany(objects: readonly MovedObject[], { kind }: MovedObject): string {
  const namespaces = [...new Set(objects.flatMap(({ namespace }) => namespace ?? []))];
  const where =
    namespaces.length === 0
      ? ""
      : namespaces.length === 1
        ? ` in ${namespaces[0]}`
        : ` in ${namespaces.length} namespaces`;
  return `${objects.length} × ${kind}${where}`;
}
