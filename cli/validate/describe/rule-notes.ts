import { isRemediation } from "../../../core/actions/registry.ts";
import { findContradictions } from "../../../core/guards/contradictions.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

/** What a rule says that is valid and hardly meant, in sentences. */
export function toRuleNotes(rule: Rule): readonly string[] {
  if (!isRemediation(rule.then)) return [];
  return [...findContradictions(rule.guards), ...findUncounted(rule)];
}

/** The guards count the objects that match, and some actions change several objects for one that matches. */
export function findUncounted({ guards, then }: Rule): readonly string[] {
  if (guards.blastRadius === undefined) return [];
  const many = then.find(({ parameters }) => parameters["targets"] !== undefined);
  return [
    ...(many === undefined
      ? []
      : [
          `${describeUncounted(`targets that ${many.action} changes for each of them`)}. Set targets.atMost to the most that one match may change.`,
        ]),
    ...(then.some(({ action }) => action === "drain")
      ? [
          `${describeUncounted("Pods that drain evicts")}: a blastRadius of one is one Node with all its Pods.`,
        ]
      : []),
  ];
}

function describeUncounted(objects: string): string {
  return `blastRadius and cooldown count the objects that match, not the ${objects}`;
}
