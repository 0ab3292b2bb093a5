import type { ChangeMessage } from "../../events/change.ts";
import { findExclusion } from "../decide/decide.ts";
import { isCopy } from "../decide/copy-mark.ts";
import { isObject, readField } from "../json/read-json.ts";
import { findBond } from "../mirror/bound-to-cluster.ts";
import type { SourceState } from "../mirror/mirror-decision.ts";
import { judgeSource } from "../mirror/judge-source.ts";
import { formatPlace, toPlace } from "../mirror/manifest.ts";
import { mapPlace } from "../mirror/map-place.ts";
import { readOwners } from "../mirror/owners.ts";
import { prune } from "../mirror/prune.ts";
import { findMirror } from "../pipeline/mirror-rule.ts";
import { toCopyFate } from "../actions/mirror/copy-fate.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { findObjectChanges } from "../preview/find-changes.ts";
import type { StepPreview } from "../preview/preview-step.ts";
import { toResourceName } from "../references/resource-name.ts";

/** The effect of a change of a mirrored object on its copies, as far as the message says it. */
export type MirrorSteps = {
  readonly steps: readonly StepPreview[];
  readonly notes: readonly string[];
  readonly refusal?: { readonly code: string; readonly message: string };
};

/**
 * A step for each target; undefined if the rule mirrors nothing, or does not look at the object. The diff of a step is between the source and
 * its copy: what is in the target is not known.
 */
export function toMirrorSteps(rule: Rule, message: ChangeMessage): MirrorSteps | undefined {
  const mirror = findMirror(rule);
  const { object, resource } = message.data;
  if (mirror === undefined || isCopy(object)) return undefined;
  if (findExclusion(rule, message) !== undefined) return undefined;
  const bond = findBond(object, toResourceName(resource));
  if (bond !== undefined) return { steps: [], notes: [`it has no copy: ${bond}`] };
  const place = toPlace(object);
  const copy = `${resource.kind} ${formatPlace(mapPlace(place, toResourceName(resource), mirror))}`;
  const state = judge(rule, mirror, message);
  if (state.outcome === "refused") {
    const { code, message: why } = state;
    return { steps: [], notes: [], refusal: { code, message: why } };
  }
  if (state.outcome === "untouched") {
    return { steps: [], notes: [`not mirrored, and a copy stays as it is: ${state.reason}`] };
  }
  const source = formatPlace(place);
  const fate = toFate(state, mirror);
  if (fate === "keep") return { steps: [], notes: [`a copy of ${source} stays as it is`] };
  const notes =
    state.outcome === "mirrored" && state.hasEnded === true
      ? [`no copy of ${source} is created, because it has run to its end`]
      : [];
  return { steps: mirror.to.map((target) => toStep(`${copy} in ${target}`)), notes };

  function toStep(where: string): StepPreview {
    const shared = { name: "mirror", type: "mirror", stage: 0 } as const;
    if (fate === "delete") {
      const what = `delete ${where}, if it is the copy of ${source}`;
      const why = state.outcome === "left" ? { note: state.reason } : {};
      return { ...shared, what, ...why, changes: [] };
    }
    const note = toNote(rule, message);
    const changes = state.outcome === "mirrored" ? findCopyChanges(state, message) : [];
    return { ...shared, what: `make ${where} equal to ${source}`, note, changes };
  }
}

type Judged = SourceState | { readonly outcome: "unknown" };

function judge(rule: Rule, mirror: MirrorParameters, message: ChangeMessage): Judged {
  const { change, cluster, object, resource, namespaceLabels } = message.data;
  if (change === "deleted") return { outcome: "gone" };
  if (change === "left") return { outcome: "left", reason: "the rule no longer covers it" };
  const context = { rule, mirror, cluster, type: resource, owners: new Map() };
  return isPartial(message)
    ? { outcome: "unknown" }
    : judgeSource(object, context, namespaceLabels);
}

/** The watch of a mirror reads metadata only, unless another rule of it needs more. */
function isPartial({ data }: ChangeMessage): boolean {
  return data.payload === "metadata" || data.truncated === true;
}

function toFate({ outcome }: Judged, mirror: MirrorParameters): "equal" | "delete" | "keep" {
  return outcome === "gone" || outcome === "left" ? toCopyFate(mirror, outcome) : "equal";
}

function toNote(rule: Rule, message: ChangeMessage): string | undefined {
  const notes = [
    ...(rule.mode === "dryRun" ? ["mode: dryRun writes nothing"] : []),
    ...(isPartial(message) ? ["only its metadata is known"] : []),
    ...(readOwners(message.data.object).length > 0
      ? ["its owners are those that the target has by then"]
      : []),
  ];
  return notes.length === 0 ? undefined : notes.join("; ");
}

function findCopyChanges(
  { desired }: Extract<SourceState, { readonly outcome: "mirrored" }>,
  { data: { object, resource } }: ChangeMessage,
): StepPreview["changes"] {
  const name = toResourceName(resource);
  const bare = (one: object): object => withoutEmptyMarks({ ...(prune(one, name) as object) });
  return findObjectChanges(bare(object), bare(desired.manifest));
}

/** An object without labels has an empty map of them once Kubemend's own are left out of its copy. */
function withoutEmptyMarks(object: object): object {
  const metadata = readField(object, "metadata");
  if (!isObject(metadata)) return object;
  const kept = Object.entries(metadata).filter(
    ([key, value]) => !MARKS.has(key) || !isObject(value) || Object.keys(value).length > 0,
  );
  return { ...object, metadata: Object.fromEntries(kept) };
}

const MARKS: ReadonlySet<string> = new Set(["labels", "annotations"]);
