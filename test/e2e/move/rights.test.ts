import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { followMove } from "../../../cli/move/follow-move.ts";
import { readMoveRoles } from "../../../cli/move/show-rbac.ts";
import type { MoveSpec } from "../../../events/moves/move.ts";
import { planMove } from "../../../functions/transfer/move/plan/plan-move.ts";
import { installAdmission } from "../../../sandbox/access/install-admission.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import { createHierarchy, GROUP } from "../../support/move/cluster-api.ts";
import {
  createNamespace,
  MOVE_NAMESPACE,
  startMoveWorld,
  type MoveWorld,
} from "../../support/move/move-world.ts";

const USER = "system:serviceaccount:default:mover";
const { signal } = new AbortController();

describe("a user who has the roles that --rbac prints, and no others", () => {
  const resources = new AsyncDisposableStack();
  let world: MoveWorld;
  let sides: MoveWorld["sides"];
  const spec: MoveSpec = {
    target: { cluster: "target" },
    select: [{ resource: `clusters.${GROUP}`, namespace: "shop", name: "web", withOwned: true }],
    removeFinalizers: ["*"],
  };

  beforeAll(async () => {
    world = resources.use(await startMoveWorld());
    const policies = listInfraFiles("admission").filter((file) => file.endsWith("moves.yaml"));
    for (const file of policies) await installAdmission(world.source, file);
    const { controlPlanes } = world;
    sides = world.toSides({
      source: await createMover("source", world.source, controlPlanes.source),
      target: await createMover("target", world.target, controlPlanes.target),
    });
    for (const client of [world.source, world.target]) await createNamespace(client, "shop");
    await createHierarchy(world.source, { namespace: "shop" });
  });

  afterAll(() => resources.disposeAsync());

  async function createMover(
    name: string,
    admin: KubernetesClient,
    { server, caFile }: ControlPlane,
  ): Promise<KubernetesClient> {
    const path = "/api/v1/namespaces/default/serviceaccounts";
    await admin.request({ method: "POST", path, body: { metadata: { name: "mover" } } });
    const { status } = await admin.request<{ status: { token: string } }>({
      method: "POST",
      path: `${path}/mover/token`,
      body: { spec: {} },
    });
    const kubeconfig = join(world.folder, `${name}-mover.kubeconfig`);
    const ca = readFileSync(caFile, "utf8");
    writeKubeconfig(kubeconfig, { server, ca, token: status.token, user: "mover", namespace: "x" });
    const client = await connectLean({ kubeconfig });
    resources.defer(() => client.close());
    return client;
  }

  async function apply(admin: KubernetesClient, manifests: string): Promise<void> {
    for (const document of parseAllDocuments(manifests)) {
      const body = document.toJS() as { kind: string; metadata: { namespace?: string } };
      const { namespace } = body.metadata;
      const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
      const path = `/apis/rbac.authorization.k8s.io/v1${place}/${body.kind.toLowerCase()}s`;
      await admin.request({ method: "POST", path, body });
    }
  }

  it("is refused before with what is missing, and then moves everything", async () => {
    const before = await planMove(sides, { spec, recordNamespace: MOVE_NAMESPACE }, signal).catch(
      (error: unknown) => error,
    );
    expect(before).toMatchObject({ problems: [{ code: "RightMissing" }] });
    const asked = { spec, user: USER, name: "shop-moves", recordNamespace: MOVE_NAMESPACE };
    const roles = await readMoveRoles(world.sides, asked, signal);
    expect(roles.note).toBeUndefined();
    await apply(world.source, roles.source);
    await apply(world.target, roles.target);
    const plan = await planMove(sides, { spec, recordNamespace: MOVE_NAMESPACE }, signal);
    expect(plan.problems).toEqual([]);
    const store = createMoveStore({ client: sides.source.client, namespace: MOVE_NAMESPACE });
    await store.create("web", spec, signal);
    const deps = { sides, store, now: Date.now, show: (): void => undefined };
    const { move } = await followMove(deps, "web", signal);
    expect(move.status).toMatchObject({ phase: "Moved", counts: { objects: plan.objects.length } });
  });
});
