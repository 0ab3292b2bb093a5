import type { ChangeSummary } from "../../events/request.ts";
import type { FoundReference } from "../../events/reference.ts";
import type { Bindings } from "../cel/compile.ts";

/**
 * The variables of a rule's expressions: `object`; `change` with id, kind, time and gap; `references` as a list of
 * `{field, relation, result}`; `cluster`; and `now`, the time of the message, so that a simulation gives the same decision.
 */
export function toBindings(input: {
  readonly object: unknown;
  readonly change: ChangeSummary;
  readonly references: readonly FoundReference[];
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly now: string;
}): Bindings {
  const { object, change, references, cluster, now } = input;
  const { id, kind, time, gap = false } = change;
  return {
    object,
    change: { id, kind, time, gap },
    references,
    cluster: { name: cluster.name, uid: cluster.uid },
    now,
  };
}
