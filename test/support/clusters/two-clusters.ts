import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import { createObject } from "../functions/many-targets.ts";
import {
  getRecord,
  type JobObject,
  type RemediationWorld,
} from "../functions/remediation-world.ts";
import { toTestRun } from "../functions/test-run.ts";
import { toReachingDeps } from "./reaching-deps.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

/** One process of remediate with a pipeline that reaches another cluster, on a clock that the test sets. */
export type ReachingScene = {
  readonly alerts: readonly AlertMessage[];
  readonly pass: (ms: number) => void;
  readonly deliver: (request: RemediationRequest) => Promise<MessageVerdict>;
  /** Delivers the latest wake-up when it is due. */
  readonly wake: () => Promise<MessageVerdict>;
};

export function createReachingScene(world: RemediationWorld, pipeline: Pipeline): ReachingScene {
  const alerts: AlertMessage[] = [];
  const wakeups: WakeupMessage[] = [];
  let nowMs = Date.now();
  const deps = toReachingDeps(world, {
    pipeline,
    alerts,
    wakeups,
    now: () => nowMs,
    client: world.admin,
  });
  return {
    alerts,
    pass: (ms) => void (nowMs += ms),
    deliver: (request) =>
      processMessage(JSON.stringify(request), deps, { ...toTestRun(nowMs), isSigned: true }),
    async wake() {
      const wakeup = wakeups.at(-1);
      if (wakeup === undefined) throw new Error("no wake-up was sent");
      nowMs = Math.max(nowMs, Date.parse(wakeup.data.due));
      return processWakeup(JSON.stringify(wakeup), deps, toTestRun(nowMs), async () => true);
    },
  };
}

export async function readStatus(
  world: RemediationWorld,
  { data }: RemediationRequest,
): Promise<RecordStatus | undefined> {
  return (await getRecord(world, data.record))?.status;
}

/** A Deployment whose Pods never become available, because nothing runs them. */
export function createDeployment(
  world: RemediationWorld,
  name: string,
  replicas: number,
  annotations: Readonly<Record<string, string>> = {},
): Promise<JobObject> {
  return createObject(world, "deployments.apps", "default", {
    metadata: { name, annotations },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
      },
    },
  });
}

/** Writes what the Deployment controller writes when Pods are missing. */
export async function setUnavailable(world: RemediationWorld, name: string): Promise<JobObject> {
  const condition = {
    type: "Available",
    status: "False",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  return world.admin.request<JobObject>({
    method: "PATCH",
    path: `${DEPLOYMENTS}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status: { conditions: [condition] } },
  });
}

export function readDeployment(world: RemediationWorld, name: string): Promise<KubernetesObject> {
  return world.admin.request({ method: "GET", path: `${DEPLOYMENTS}/${name}` });
}
