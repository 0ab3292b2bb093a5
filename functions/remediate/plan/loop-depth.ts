import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Permission } from "../../../core/actions/contract/action.ts";
import { isFromFuture, toDepth } from "../../../core/operations/cause-annotations.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { findAction } from "../../../core/actions/registry.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { LiveTrigger } from "./live-trigger.ts";

/**
 * The trigger's depth in a chain of remediations: by its own annotations, and those of its controller, one hop up (for the Pod of a Job
 * that Kubemend created; whoever wrote the Pod's template may have chosen the Pod's own). A controller that the rule's actions may not
 * read is not read: they did not create it either. Times in the future are ignored, and counted.
 */
export async function readDepth(
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
): Promise<number> {
  const { live, executor, now } = input;
  const objects = [live.object];
  const target = findController(live);
  if (target !== undefined && mayRead(input, target)) {
    const shared = { orMetadata: true, mayShare: true } as const;
    const get = { type: "get", as: "controller", target, ...shared } as const;
    const answer = await executor.read(get, signal);
    if (answer.type === "object" && answer.object !== null) objects.push(answer.object);
  }
  if (objects.some((object) => isFromFuture(object, now))) input.count?.("FutureCause");
  return toDepth(objects, now);
}

function findController({ references }: LiveTrigger): ObjectAddress | undefined {
  const result = references.find(({ relation }) => relation === "controller")?.result;
  if (result?.outcome !== "resolved") return undefined;
  const [version = "", group = ""] = result.apiVersion.split("/").toReversed();
  const { resource, kind, namespace, name } = result;
  return { group, version, resource, kind, namespace, name };
}

function mayRead(
  { record, rule }: { readonly record: RemediationRecord; readonly rule: Rule },
  { group, resource }: ObjectAddress,
): boolean {
  const covers = (permission: Permission): boolean =>
    permission.apiGroups.includes(group) &&
    permission.resources.includes(resource) &&
    permission.verbs.includes("get");
  return rule.then.some(({ action, parameters }) =>
    findAction(action)?.permissions(parameters, record.spec.trigger).some(covers),
  );
}
