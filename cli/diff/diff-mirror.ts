import { toNamespaceAddress } from "../../adapters/kubernetes/api/namespace-address.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import type { KubernetesObject } from "../../events/change.ts";
import { isKubemendError } from "../../core/errors.ts";
import { formatPlace, toPlace, type Place, type Refusal } from "../../core/mirror/manifest.ts";
import { mapPlace } from "../../core/mirror/map-place.ts";
import { readProvenance } from "../../core/mirror/provenance.ts";
import { NOTHING_COMPARED } from "../../core/mirror/state/comparison.ts";
import {
  comparePart,
  type Misplaced,
  type PartDeps,
} from "../../functions/transfer/compare/compare-part.ts";
import { toPart } from "../../functions/transfer/compare/cursor.ts";
import { findLists } from "../../functions/transfer/compare/find-lists.ts";
import type { Difference } from "../../functions/transfer/compare/judge-orphan.ts";
import { judgeObject } from "../../functions/transfer/copy/copy-object.ts";
import { toMissingNamespace } from "../../functions/transfer/copy/missing-namespace.ts";
import { TargetFailure } from "../../functions/transfer/copy/target-failure.ts";
import type { MirrorWork } from "../../functions/transfer/copy/transfer-context.ts";
import { toFailedFinding, toFinding, toUnrecognized, type Finding } from "./finding.ts";

/** Requests for single objects that are in progress at once. */
const AT_ONCE = 8;

/** The outcome of comparing the objects of a rule with their copies in the target; refused if none of them can be copied. */
export type MirrorDiff =
  | {
      readonly outcome: "compared";
      readonly compared: number;
      /** The namespaces in which copies were looked for, if those of the others cannot be listed, for want of a right for example. */
      readonly onlyIn?: readonly string[] | undefined;
    }
  | ({ readonly outcome: "refused" } & Refusal);

/**
 * Compares as the functions do, with the same code: what seems to differ is looked at once more, by itself, as for a message about it, and
 * reported instead of written. `report` gets each object once. Throws the KubemendError of a cluster that fails or refuses.
 */
export async function diffMirror(
  work: MirrorWork,
  report: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<MirrorDiff> {
  try {
    return await diff(work, report, signal);
  } catch (error) {
    throw error instanceof TargetFailure ? error.cause : error;
  }
}

async function diff(
  work: MirrorWork,
  report: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<MirrorDiff> {
  const lists = await findLists(work, [], signal);
  if (!lists.ok) return { outcome: "refused", ...lists.error };
  const { parts, present, isWhole, ...context } = lists.value;
  const judge = createJudge(work, report);
  let compared = 0;
  for (const part of parts) {
    const deps: PartDeps = {
      context: { work, ...context },
      ...part,
      ask: (differences) => judge.look(differences, signal),
      asksReported: true,
      remove: async (misplaced) => judge.pass(misplaced),
      noteUnrecognized: (copies) => judge.noteUnrecognized(copies),
      isOver: () => false,
    };
    const { counts } = await comparePart(deps, toPart(0, NOTHING_COMPARED), signal);
    compared += counts.compared;
  }
  return { outcome: "compared", compared, ...(isWhole ? {} : { onlyIn: present }) };
}

function createJudge(work: MirrorWork, report: (finding: Finding) => void) {
  const { rule, mirror } = work;
  const reported = new Set<string>();
  const hasNamespace = createHasNamespace(work);
  const reportOnce = (finding: Finding): void => {
    const key = `${formatPlace(finding.source)} ${formatPlace(finding.copy)}`;
    if (!reported.has(key)) report(finding);
    reported.add(key);
  };
  const judge = async (source: Place, signal: AbortSignal): Promise<Finding | undefined> => {
    const places = { source, copy: mapPlace(source, rule.on.resource, mirror) };
    // Owners are not waited for: the copy is judged as it is to be in the end.
    const waited = { ownersUntilMs: 0, now: () => 0 };
    const judged = await judgeObject({ ...work, object: source, isNew: false, ...waited }, signal);
    if (judged.outcome === "failed") return toFailedFinding(judged, places);
    const finding = toFinding(judged, places);
    if (finding?.kind !== "missing") return finding;
    const { namespace } = places.copy;
    if (namespace === null || (await hasNamespace(namespace, signal))) return finding;
    return { kind: "refused", ...places, reason: toMissingNamespace(namespace) };
  };
  return {
    async look(differences: readonly Difference[], signal: AbortSignal): Promise<void> {
      for (let at = 0; at < differences.length; at += AT_ONCE) {
        const some = differences.slice(at, at + AT_ONCE);
        const found = await Promise.all(some.map(({ place }) => judge(place, signal)));
        for (const finding of found) if (finding !== undefined) reportOnce(finding);
      }
    },
    noteUnrecognized(copies: readonly KubernetesObject[]): void {
      for (const copy of copies) reportOnce(toUnrecognized(toPlace(copy)));
    },
    pass(misplaced: readonly Misplaced[]): void {
      for (const { copy } of misplaced) {
        const source = readProvenance(copy)?.place ?? toPlace(copy);
        reportOnce({ kind: "misplaced", source, copy: toPlace(copy) });
      }
    },
  };
}

/** Whether the target has a namespace, asked once for each. If the user may not get namespaces, all count as present. */
function createHasNamespace({ target }: MirrorWork) {
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (name: string, signal: AbortSignal): Promise<boolean> => {
    try {
      return (await getObject(target.client, toNamespaceAddress(name), signal)) !== null;
    } catch (error) {
      if (isKubemendError(error, "Forbidden")) return true;
      throw error;
    }
  };
  return (name: string, signal: AbortSignal): Promise<boolean> => {
    const known = asked.get(name) ?? ask(name, signal);
    asked.set(name, known);
    return known;
  };
}
