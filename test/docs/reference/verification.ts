import { ROLLED_OUT_WITHIN_MS } from "../../../core/actions/contract/workloads.ts";
import { MOVED } from "../../../core/actions/move/move.ts";
import { OBJECT_GONE } from "../../../core/actions/contract/object-gone.ts";
import { JOB_COMPLETE } from "../../../core/actions/job/job-complete.ts";
import { VERIFY_WITHIN_MS } from "../../../core/pipeline/parse/parse-execution.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { toTable } from "./to-table.ts";

const ROLLOUT =
  "all Pods are as the template says, and ready; fails at once if the Deployment reports that its rollout is stuck";

/** What `verify: {}` waits for, and for how long if the rule does not say. */
export function toVerificationTable(): string {
  const rows: readonly (readonly [actions: string, effect: string, withinMs: number])[] = [
    [
      "`createJobFromCronJob`, `createJob`, `applyJob`",
      "the Job is complete; fails at once if it has failed for good",
      JOB_COMPLETE.withinMs,
    ],
    ["`restartRollout`, `rollbackDeployment`, `setResources`", ROLLOUT, ROLLED_OUT_WITHIN_MS],
    ["`scale`", "as many Pods are ready as were asked for", ROLLED_OUT_WITHIN_MS],
    ["`patch` of a Pod template", ROLLOUT, ROLLED_OUT_WITHIN_MS],
    ["`deleteObject`", "the object is gone", OBJECT_GONE.withinMs],
    ["`evictPod`", "the Pod is gone", OBJECT_GONE.withinMs],
    ["`move`", "everything has moved", MOVED.withinMs],
  ];
  const written = rows.map(([actions, effect, withinMs]) => [
    actions,
    effect,
    formatDuration(withinMs),
  ]);
  return `${toTable(["Action", "Until", "At most"], written)}
\`drain\` waits in any case until no Pod is left that has to go, at most as long as its \`within\`. The other actions have nothing to wait for: the API server has stored the change. With \`verify: { where: ... }\` the rule's own condition is waited for instead, at most ${formatDuration(VERIFY_WITHIN_MS)}.
`;
}
