import { RECORD_GROUP, RECORD_RESOURCE } from "../../events/remediation.ts";
import { toSelectionWatch } from "./watches.ts";
import type { Pipeline, Watch } from "./pipeline.ts";

/** On records of mode approval, so that only these are watched. Who takes it off has their decision seen by the sweep. */
export const MODE_LABEL = "kubemend.dev/mode";

/** The resource, as a pipeline would write it. */
export const RECORDS_RESOURCE: string = `${RECORD_RESOURCE}.${RECORD_GROUP}`;

/** The relay's watch on Kubemend's own records, for a decision to be acted upon at once; undefined where no rule waits for one. */
export function planOwnWatch(pipeline: Pipeline): Watch | undefined {
  if (!pipeline.rules.some(({ mode }) => mode === "approval")) return undefined;
  const selection = { resource: RECORDS_RESOURCE, labelSelector: `${MODE_LABEL}=approval` };
  // The decision is in its spec.
  return { ...toSelectionWatch(selection), payload: "full" };
}
