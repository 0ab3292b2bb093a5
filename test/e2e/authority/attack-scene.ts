import type { KubernetesObject } from "../../../events/change.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import {
  startRemediationWorld,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { createEventWriter } from "../../support/kubernetes/event-writer.ts";

export const ATTACKER = "attacker";
export const VICTIM = "victim";

/** A cluster with a user who may create Events in the namespace `attacker` only. */
export type AttackScene = AsyncDisposable & {
  readonly world: RemediationWorld;
  /** Writes an Event as that user. */
  readonly writeEvent: (event: Json) => Promise<KubernetesObject>;
};

export async function startAttackScene(): Promise<AttackScene> {
  await using stack = new AsyncDisposableStack();
  const world = await startRemediationWorld();
  stack.defer(() => world.stop());
  for (const name of [ATTACKER, VICTIM]) {
    const path = "/api/v1/namespaces";
    await world.admin.request({ method: "POST", path, body: { metadata: { name } } });
  }
  const attacker = await createEventWriter(world, ATTACKER);
  stack.defer(() => attacker.close());
  const parts = stack.move();
  let count = 0;
  return {
    world,
    writeEvent(event) {
      count += 1;
      return attacker.request({
        method: "POST",
        path: `/apis/events.k8s.io/v1/namespaces/${ATTACKER}/events`,
        body: {
          metadata: { name: `event-${count}` },
          eventTime: new Date().toISOString().replace("Z", "000Z"),
          reportingController: "example.com/attacker",
          reportingInstance: "attacker-1",
          type: "Warning",
          reason: "Failed",
          action: "Run",
          regarding: { apiVersion: "v1", kind: "Pod", name: "mine", namespace: ATTACKER },
          ...event,
        },
      });
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A pipeline with this rule, which acts once for each change. */
export function toPipeline(rule: Json): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "act", once: "change", ...rule }],
  });
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}
