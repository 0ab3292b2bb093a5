import type { RemediationRecord } from "../../../events/remediation.ts";
import { LOOP_WINDOW_MS } from "../../operations/loops/loop-window.ts";
import {
  mergeChains,
  NO_CHAIN,
  readStoredChain,
  type Chain,
} from "../../operations/loops/chain.ts";
import { findAction } from "../../actions/registry.ts";
import { readField } from "../../json/read-json.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Rule, RuleAction } from "../../pipeline/pipeline.ts";

const OVER: ReadonlySet<unknown> = new Set(["Succeeded", "Failed"]);

/**
 * Whether a rule writes what can carry no annotations of a chain: a scale, an eviction, a deletion. The deletion of a Pod that has ended
 * causes nothing, because its controller has replaced it before. Actions on many targets are bounded by their `atMost`, and by how often
 * the rule may act: a namespace that fills up again and again is cleaned up again and again.
 */
export function leavesNoMark({ then }: Pick<Rule, "then">, trigger: KubernetesObject): boolean {
  const isOver = trigger.kind === "Pod" && OVER.has(readField(trigger, "status", "phase"));
  const isCounted = ({ action, parameters: { target = "trigger", targets } }: RuleAction) =>
    targets === undefined && !(isOver && action === "deleteObject" && target === "trigger");
  return then.some((one) => findAction(one.action)?.isUnmarked === true && isCounted(one));
}

/**
 * The chain of remediations that led to the trigger of a record, by the records of the same trigger, or of others with its controller. An
 * earlier record of the same object counts, and one of another object only if it is older than this object, which then replaced the
 * other one: Pods that were there side by side did not cause one another. Both times are those of the API server, in seconds: of a loop
 * that goes round several times in one second fewer rounds are counted, but it ends.
 */
export function toRecordChain(
  record: RemediationRecord,
  trigger: KubernetesObject,
  others: readonly RemediationRecord[],
  now: string,
): Chain {
  const nowMs = Date.parse(now);
  return others.reduce((chain, other) => {
    const { spec, status, metadata } = other;
    const at = status?.endedAt ?? status?.startedAt;
    if (metadata.name === record.metadata.name || spec.mode === "dryRun" || !hasActed(other)) {
      return chain;
    }
    if (at === undefined || nowMs - Date.parse(at) >= LOOP_WINDOW_MS) return chain;
    const isSame = spec.trigger.uid === record.spec.trigger.uid;
    if (!isSame && toMs(metadata) >= toMs(trigger.metadata)) return chain;
    const { depth = 0, loopRules } = status ?? {};
    const before = readStoredChain(loopRules === undefined ? { depth } : { depth, loopRules });
    const own = { [spec.rule.id]: at };
    const rules = before.rules === undefined ? undefined : { ...before.rules, ...own };
    return mergeChains(chain, { depth: depth + 1, rules });
  }, NO_CHAIN);
}

function hasActed({ status }: RemediationRecord): boolean {
  return (
    status?.writes !== undefined ||
    status?.steps?.some(({ targets }) => targets !== undefined) === true
  );
}

function toMs(metadata: Readonly<Record<string, unknown>>): number {
  return Date.parse(String(metadata["creationTimestamp"])) || 0;
}
