import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { MoveStatus } from "../../../events/moves/move.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { EXAMPLES } from "../../examples/read-example.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import {
  startRemediationWorld,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { runStory } from "../../support/recipes/run-story.ts";

const { signal } = new AbortController();
const AT = "2026-03-01T10:00:00.000Z";
const WORKS: MoveStatus = { phase: "Deleting", since: AT, startedAt: AT };
const STUCK: MoveStatus = {
  ...WORKS,
  problem: {
    code: "Held",
    object: "Machine shop/web-1",
    step: "wait until the source is gone",
    reason: "Machine shop/web-1 is being deleted, and a finalizer holds it",
    holds: "machine.cluster.x-k8s.io",
    wayOut: "have its controller take the finalizer off",
    since: AT,
  },
};

describe("docs/examples/18-alert-about-a-move.yaml, with exactly the rights that it needs", () => {
  let world: RemediationWorld;
  let pipeline: Pipeline;
  let clients: { normalizeClient: KubernetesClient; remediateClient: KubernetesClient };

  beforeAll(async () => {
    world = await startRemediationWorld();
    const file = await readPipelineFile(join(EXAMPLES, "18-alert-about-a-move.yaml"));
    if (!file.ok) throw new Error(JSON.stringify(file.error));
    ({ pipeline } = file.value);
    const { normalize, remediate } = planPermissions(pipeline, builtinCatalog());
    clients = {
      normalizeClient: await connectWithGrants(world, "normalize", normalize),
      remediateClient: await connectWithGrants(world, "remediate", remediate),
    };
  });

  afterAll(async () => {
    await clients?.normalizeClient.close();
    await clients?.remediateClient.close();
    await world?.stop();
  });

  const store = () => createMoveStore({ client: world.admin, namespace: "kubemend" });

  /** Creates a Move with a status, as the API server shows it in a watch. */
  async function createMove(name: string, status: MoveStatus): Promise<KubernetesObject> {
    const select = [{ resource: "configmaps", namespace: "shop", name: "settings" }];
    const spec = { target: { cluster: "backup-eu" }, select };
    await setStatus(await store().create(name, spec, signal), status);
    const path = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves/${name}`;
    return world.admin.request<KubernetesObject>({ method: "GET", path });
  }

  async function setStatus(
    move: Parameters<ReturnType<typeof store>["change"]>[0],
    status: MoveStatus,
  ): Promise<void> {
    const decide = () => ({ outcome: "write", status, answer: undefined }) as const;
    await store().change(move, decide, signal);
  }

  it("sends one alert with the reason and the way out when the problem has lasted ten minutes", async () => {
    const trigger = await createMove("stuck", STUCK);
    const { waited, alerts } = await runStory({
      world,
      pipeline,
      ...clients,
      trigger,
      approve: async () => undefined,
    });
    expect(waited).toEqual(["For"]);
    expect(
      alerts.map(({ data: { to, severity, summary } }) => ({ to, severity, summary })),
    ).toEqual([
      {
        to: "platform",
        severity: "critical",
        summary:
          "the move stuck has stopped: Machine shop/web-1 is being deleted, and a finalizer holds it. have its controller take the finalizer off",
      },
    ]);
  });

  it("sends none if the Move continues before that", async () => {
    const trigger = await createMove("passing", STUCK);
    const { record, alerts } = await runStory({
      world,
      pipeline,
      ...clients,
      trigger,
      approve: async () => undefined,
      async meanwhile() {
        const move = await store().find("passing", signal);
        if (move?.status?.problem !== undefined) await setStatus(move, WORKS);
      },
    });
    expect(record.status?.phase).not.toBe("Succeeded");
    expect(alerts).toEqual([]);
  });
});
