import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { findActionPlace, type ActionPlace } from "../../../core/actions/contract/action-place.ts";
import { findNamedCluster } from "../../../core/actions/contract/cluster.ts";
import type { Permission } from "../../../core/actions/contract/action.ts";
import {
  isFromFuture,
  NO_CHAIN,
  readChain,
  readLoopAnnotations,
  readStoredChain,
  toStoredChain,
  type Chain,
} from "../../../core/operations/loops/chain.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { isManual } from "../../../core/decide/check-request.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { LiveTrigger } from "./live-trigger.ts";

/**
 * The chain of remediations that led to the change that the record is about: by the annotations of the reported state and, as they are
 * now, of its controller, one hop up (for the Pod of a Job that Kubemend created; whoever wrote the Pod's template may have chosen the
 * Pod's own), and of the object that an Event is about. What other rules have written on the trigger since was no cause of it. Only if the record does not say what was reported,
 * because the request was not signed or the record was reopened, those of the live trigger count: nobody can shorten a chain by his word.
 * What the rule's actions may not read is not read: they did not create it either. Times in the future are ignored, and counted. A
 * person begins a chain.
 */
export async function readTriggerChain(
  input: {
    readonly record: RemediationRecord;
    readonly rule: Rule;
    readonly live: LiveTrigger;
    readonly executor: Executor;
    /** RFC 3339 ms. */
    readonly now: string;
    readonly count?: ((metric: string) => void) | undefined;
  },
  signal: AbortSignal,
): Promise<Chain> {
  const { record, live, executor, now } = input;
  if (isManual(record)) return NO_CHAIN;
  const isReopened = record.status?.matchedAt !== undefined;
  const reported = isReopened ? undefined : record.spec.change.loopAnnotations;
  const sources = [reported ?? readLoopAnnotations(live.object)];
  for (const target of [findRelated(live, "controller"), findRelated(live, "involved")]) {
    if (target === undefined || !mayRead(input, target)) continue;
    const shared = { orMetadata: true, mayShare: true } as const;
    const get = { type: "get", as: "origin", target, ...shared } as const;
    const answer = await executor.read(get, signal);
    if (answer.type === "object" && answer.object !== null) {
      sources.push(readLoopAnnotations(answer.object));
    }
  }
  if (sources.some((annotations) => isFromFuture(annotations, now))) input.count?.("FutureCause");
  return readChain(sources, now);
}

/** The chain as it was when the record first looked: annotations count for an hour, and the controller may be gone after a wait. */
export function readKeptChain({ status }: RemediationRecord): Chain {
  const { depth = 0, loopRules } = status ?? {};
  return readStoredChain(loopRules === undefined ? { depth } : { depth, loopRules });
}

/** For the status. */
export function toKeptChain(chain: Chain): Pick<RecordStatus, "depth" | "loopRules"> {
  return chain.depth === 0 ? {} : { loopRules: undefined, ...toStoredChain(chain) };
}

function findRelated(
  { references }: LiveTrigger,
  wanted: "controller" | "involved",
): ObjectAddress | undefined {
  const result = references.find(({ relation }) => relation === wanted)?.result;
  if (result?.outcome !== "resolved") return undefined;
  const [version = "", group = ""] = result.apiVersion.split("/").toReversed();
  const { resource, kind, namespace, name } = result;
  return { group, version, resource, kind, namespace, name };
}

function mayRead(
  { record, rule }: { readonly record: RemediationRecord; readonly rule: Rule },
  address: ObjectAddress,
): boolean {
  const { group, resource } = address;
  const { trigger } = record.spec;
  const covers = (permission: Permission): boolean =>
    permission.apiGroups.includes(group) &&
    permission.resources.includes(resource) &&
    permission.verbs.includes("get");
  return rule.then.some(
    ({ action, parameters }) =>
      // A right to read in another cluster says nothing about this one.
      findNamedCluster(parameters) === undefined &&
      findAction(action)?.permissions(parameters, trigger).some(covers) === true &&
      isWithin(
        findActionPlace(parameters, findAction(action)?.targets?.kinds),
        address,
        trigger.namespace,
      ),
  );
}

/** Rights are granted only where an action acts (core/pipeline/action-needs.ts). */
function isWithin(place: ActionPlace, address: ObjectAddress, own: string | null): boolean {
  const { namespace, name } = address;
  switch (place.type) {
    case "reach":
      return true;
    case "trigger":
      return namespace === own;
    case "namespace":
      return namespace === place.namespace;
    case "named":
      return (
        (place.namespace ?? own) === (namespace ?? own) &&
        (name === place.name || toResourceName(address) !== place.resource)
      );
  }
}
