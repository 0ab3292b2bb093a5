import type { ChangeMessage } from "../../events/change.ts";
import type { Pipeline, Rule } from "./pipeline.ts";

export type DigestDifference = {
  /** Rules that differ between relay and function, or that only one of them has on this watch. */
  readonly rules: readonly string[];
  /** The whole files differ. */
  readonly pipeline: boolean;
};

/** How the relay's pipeline differs from this one, according to a message. The function decides by its own rules. */
export function compareDigests(
  { digest }: Pick<Pipeline, "digest">,
  bound: readonly Rule[],
  message: ChangeMessage,
): DigestDifference {
  const { data } = message;
  const own = new Map(bound.map((rule) => [rule.id, rule.digest]));
  const ids = new Set([...own.keys(), ...Object.keys(data.rules)]);
  const rules = [...ids].filter((id) => {
    const theirs = Object.hasOwn(data.rules, id) ? data.rules[id] : undefined;
    return theirs !== own.get(id);
  });
  return { rules, pipeline: data.pipeline !== digest };
}
