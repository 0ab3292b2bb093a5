import type { KubernetesObject } from "../../../events/change.ts";
import { getEvenDeep } from "../../../adapters/kubernetes/api/objects.ts";
import type { CopyPlace } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import { chooseVersions } from "../../../core/mirror/choose-version.ts";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import type { MirrorDecision } from "../../../core/mirror/mirror-decision.ts";
import { isCopiedBack } from "../../../core/mirror/keeping-rules.ts";
import type { Place } from "../../../core/mirror/manifest.ts";
import { mapPlace } from "../../../core/mirror/map-place.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { awaitsDefinition } from "./awaits-definition.ts";
import { awaitsNamespace } from "./awaits-namespace.ts";
import { carryOut } from "./carry-out.ts";
import { confirmSource } from "./confirm-source.ts";
import { heedOptOut } from "./heed-opt-out.ts";
import type { CopyOutcome } from "./copy-outcome.ts";
import { NAMESPACE_MISSING } from "./missing-namespace.ts";
import { readNamespaceOf } from "./namespaces.ts";
import { readSource, type ReadSource, type SourceDeps } from "./read-source.ts";
import { fromTarget } from "./target-failure.ts";
import { findOtherRules, type MirrorWork, type ObjectWork } from "./transfer-context.ts";

/** After so many attempts the message is retried later: somebody else writes to the copy all the time. */
const ATTEMPTS_MAX = 3;
const NOTHING = { outcome: "read", object: null } as const;

/**
 * Makes the copy of one object equal to it, from both as they are now. The target is read first and the source second, and the write is
 * for exactly the state that was read: a slow process can never replace a newer state by an older one.
 * Throws a TargetFailure if the target fails in a way that may pass, and a KubemendError if the source does.
 */
export async function copyObject(work: ObjectWork, signal: AbortSignal): Promise<CopyOutcome> {
  const found = await findDeps(work, signal);
  if (found.outcome === "failed") {
    const { code, message: reason } = found;
    return awaitsDefinition(work, found) ? { outcome: "retry", code, reason } : found;
  }
  const { deps, place } = found;
  let isNew = work.isNew;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX;) {
    const judged = await judge(work, found, isNew, signal);
    // The target's object was not read, so only a creation can follow.
    const isCreated = judged.outcome === "decided" && judged.decision.outcome === "create";
    if (isNew && !isCreated) {
      isNew = false;
      continue;
    }
    if (judged.outcome !== "decided") return judged;
    const { decision } = judged;
    const unconfirmed = await confirmSource(judged, work.source, signal);
    if (unconfirmed !== undefined) return unconfirmed;
    const done = await carryOut(work, decision, place);
    if (done !== undefined) return orWaiting(done, work, deps, signal);
    isNew = false;
    attempt += 1;
  }
  const reason = "somebody else writes to the copy all the time";
  return { outcome: "retry", code: "Contended", reason };
}

/** A failure for want of a namespace that some rule mirrors to the target is none as long as that may still come. */
async function orWaiting(
  done: CopyOutcome,
  work: ObjectWork,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  if (done.outcome !== "failed" || done.code !== NAMESPACE_MISSING) return done;
  if (!(await awaitsNamespace(work, deps, signal))) return done;
  const reason = `the copy of its namespace, ${deps.copy.namespace ?? ""}, is not in the target yet`;
  return { outcome: "retry", code: NAMESPACE_MISSING, reason };
}

/** The decision about one object, and the place of its copy. */
export type Judged =
  | { readonly outcome: "decided"; readonly decision: MirrorDecision; readonly copy: Place }
  | Failed
  | Retry;

/** Decides as `copyObject` does, and writes nothing. */
export async function judgeObject(work: ObjectWork, signal: AbortSignal): Promise<Judged> {
  const found = await findDeps(work, signal);
  if (found.outcome === "failed") return found;
  const judged = await judge(work, found, false, signal);
  if (judged.outcome !== "decided") return judged;
  return { outcome: "decided", decision: judged.decision, copy: found.deps.copy };
}

/** Reads the target, unless the copy is probably missing, then the source, and decides. */
async function judge(
  work: ObjectWork,
  found: Extract<Found, { readonly outcome: "found" }>,
  isNew: boolean,
  signal: AbortSignal,
) {
  const { deps, place } = found;
  const live = isNew ? NOTHING : await readTarget(place, signal);
  if (live.outcome === "failed") return live;
  const source = await readSource(work, deps, live.object, signal);
  if (source.outcome === "waiting") {
    return { outcome: "retry", code: source.code, reason: source.message } as const;
  }
  const labels = await readTargetLabels(work, live.object, signal);
  const decided = decide(work, found, source, { object: live.object, labels });
  const decision = await heedOptOut(decided, live.object, place, signal);
  return { outcome: "decided", decision, source: source.live, copy: live.object } as const;
}

function decide(
  work: ObjectWork,
  { deps: { copy, versions } }: Extract<Found, { readonly outcome: "found" }>,
  { state, live }: Extract<ReadSource, { readonly outcome: "read" }>,
  target: {
    readonly object: KubernetesObject | null;
    readonly labels: Readonly<Record<string, string>> | undefined;
  },
): MirrorDecision {
  const { rule, mirror, source, object, target: cluster, installation } = work;
  const place = { namespace: object.namespace, name: object.name };
  const otherRules = findOtherRules(work, { place, copy, source: live, type: versions.write });
  return decideMirror({
    rule,
    mirror,
    installation,
    clusterUid: source.uid,
    targetUid: cluster.uid,
    isCopiedBack: isCopiedBack(work, {
      target: cluster,
      place,
      object: target.object,
      type: versions.write,
      namespaceLabels: target.labels,
    }),
    place,
    source: state,
    target: target.object,
    otherRules,
  });
}

/** The labels of the namespace of the object at the copy's place, if the rule selects by them and copies the objects of the target, too. */
async function readTargetLabels(
  { rule, mirror, target }: ObjectWork,
  object: KubernetesObject | null,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (mirror.isMutual !== true || rule.on.namespaceSelector === undefined) return undefined;
  const { namespace = null } = object?.metadata ?? {};
  try {
    const found = await fromTarget(readNamespaceOf(target.client, namespace, signal));
    return readTextMap(readField(found, "metadata", "labels"));
  } catch (error) {
    // The same question is asked before anything is written, and refuses that.
    if (!isKubemendError(error)) throw error;
    return undefined;
  }
}

type Found =
  | { readonly outcome: "found"; readonly deps: SourceDeps; readonly place: CopyPlace }
  | Failed;

async function findDeps(work: ObjectWork, signal: AbortSignal): Promise<Found> {
  const { rule, mirror, target, object } = work;
  const catalogs = await readCatalogs(work, signal);
  const versions = chooseVersions(rule.on.resource, catalogs.source, catalogs.target);
  if (!versions.ok) return { outcome: "failed", isConflict: false, ...versions.error };
  const source = { namespace: object.namespace, name: object.name };
  const copy = mapPlace(source, rule.on.resource, mirror);
  const address = { ...versions.value.write, ...copy };
  const isDryRun = rule.mode === "dryRun";
  return {
    outcome: "found",
    deps: { versions: versions.value, copy, catalogs },
    place: { client: target.client, target: address, isDryRun, signal },
  };
}

/** The catalogs of both clusters; read again if the resource is not in them, because it may be newer. */
export async function readCatalogs(
  { rule, source, target }: MirrorWork,
  signal: AbortSignal,
): Promise<SourceDeps["catalogs"]> {
  const { resource } = rule.on;
  const own = await source.discovery.catalog(signal);
  const theirs = await fromTarget(target.discovery.catalog(signal));
  return {
    source: findResource(own, resource) ? own : await source.discovery.refresh(signal),
    target: findResource(theirs, resource)
      ? theirs
      : await fromTarget(target.discovery.refresh(signal)),
  };
}

/** The object at the copy's place; `failed` if it can never be read. */
async function readTarget({ client, target }: CopyPlace, signal: AbortSignal) {
  try {
    const read = await fromTarget(getEvenDeep(client, target, signal));
    if (read?.truncated === undefined)
      return { outcome: "read", object: read?.object ?? null } as const;
    return toFailed("ObjectTooDeep", `the copy is ${read.truncated}`);
  } catch (error) {
    if (isKubemendError(error) && !error.retryable) return toFailed(error.code, error.message);
    throw error;
  }
}

function toFailed(code: string, message: string): Failed {
  return { outcome: "failed", isConflict: false, code, message };
}

type Failed = Extract<CopyOutcome, { readonly outcome: "failed" }>;
type Retry = Extract<CopyOutcome, { readonly outcome: "retry" }>;
