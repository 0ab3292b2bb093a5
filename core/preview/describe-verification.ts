import { toRolloutCheck, WORKLOAD_KINDS } from "../actions/contract/workloads.ts";
import { JOB_COMPLETE } from "../actions/job/job-complete.ts";
import { describeAddress } from "../operations/describe-operation.ts";
import type { FanOutOperation } from "../operations/fan-out.ts";
import type { VerifyOperation } from "../operations/operation.ts";
import { formatDuration } from "../text/duration.ts";

/** The aims of the checks that actions bring along, in words, so that people need not read their expressions. */
const AIMS: ReadonlyMap<string | undefined, (target: string) => string> = new Map([
  ...WORKLOAD_KINDS.map((kind): [string | undefined, (target: string) => string] => [
    toRolloutCheck(kind)?.expression,
    (target) =>
      kind === "ReplicaSet"
        ? `all Pods of ${target} are ready`
        : `the rollout of ${target} is complete`,
  ]),
  [JOB_COMPLETE.expression, (target) => `${target} is complete`],
]);

/** `wait until the rollout of Deployment shop/web is complete, at most 10m`. */
export function describeVerification({ target, withinMs, ...check }: VerifyOperation): string {
  return `wait until ${describeAim(describeAddress(target), check)}, at most ${formatDuration(withinMs)}`;
}

function describeAim(
  target: string,
  { expression, gone }: Pick<VerifyOperation, "expression" | "gone">,
): string {
  if (gone === true)
    return `${target} ${expression === undefined ? "is gone" : "is gone or has ended"}`;
  const aim = AIMS.get(expression);
  return aim === undefined ? `${target} fulfils \`${expression}\`` : aim(target);
}

/** An action on many targets verifies each of them when it has changed it. */
export function describeTargetChecks({ verify }: FanOutOperation): string {
  if (verify === undefined) return "";
  const { expression, withinMs } = verify;
  const aim = expression === undefined ? "it has had its effect" : `it fulfils \`${expression}\``;
  const time = withinMs === undefined ? "" : `, at most ${formatDuration(withinMs)}`;
  return `, and wait for each until ${aim}${time}`;
}
