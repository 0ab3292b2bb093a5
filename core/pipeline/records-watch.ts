import { RECORD_GROUP, RECORD_RESOURCE } from "../../events/remediation.ts";
import { mayAsk } from "../guards/times/timed-mode.ts";
import { toSelectionWatch } from "./watches.ts";
import type { Pipeline, Watch } from "./pipeline.ts";

/** A label of the records of mode approval, so that only these are watched. If a person removes it, the sweep still sees the decision. */
export const MODE_LABEL = "kubemend.dev/mode";

/** The resource name, as a pipeline would write it. */
export const RECORDS_RESOURCE: string = `${RECORD_RESOURCE}.${RECORD_GROUP}`;

/** The relay's watch on Kubemend's own records, so that a decision is acted upon at once; undefined if no rule needs approval. */
export function planOwnWatch(pipeline: Pipeline): Watch | undefined {
  if (!pipeline.rules.some(mayAsk)) return undefined;
  const selection = { resource: RECORDS_RESOURCE, labelSelector: `${MODE_LABEL}=approval` };
  // The decision is in the spec of the record.
  return { ...toSelectionWatch(selection), payload: "full" };
}
