import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Move, MoveSpec } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAdmission } from "../../../sandbox/access/install-admission.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";

const NAMESPACE = "kubemend";
const MOVES = `/apis/kubemend.dev/v1alpha1/namespaces/${NAMESPACE}/moves`;
const STEPS = `/apis/kubemend.dev/v1alpha1/namespaces/${NAMESPACE}/movesteps`;
const MERGE = "application/merge-patch+json";
const AT = "2026-01-01T00:00:00.000Z";
const { signal } = new AbortController();
const SPEC: MoveSpec = {
  target: { cluster: "backup-eu" },
  select: [{ resource: "configmaps", namespace: "shop", name: "web", withOwned: true }],
  deadlines: { gone: "1h30m" },
  remade: ["certificaterequests.cert-manager.io"],
};
const OBJECT: MovedObject = {
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespace: "shop",
  name: "web",
  uid: "uid-of-web",
  level: 0,
  finalizers: ["example.com/hold"],
  pause: { field: "spec.paused" },
  state: "Planned",
};

describe("a Move on a real API server", () => {
  const resources = new AsyncDisposableStack();
  let admin: KubernetesClient;
  let controlPlane: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    folder = resources.use(temporaryFolder()).path;
    controlPlane = await startApiServer("1.33.13", join(folder, "source"));
    resources.defer(() => controlPlane.stop());
    admin = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    resources.defer(() => admin.close());
    const body = { metadata: { name: NAMESPACE } };
    await admin.request({ method: "POST", path: "/api/v1/namespaces", body });
    for (const file of listInfraFiles("crds")) await installCrd(admin, file);
    const policies = listInfraFiles("admission").filter((file) => file.endsWith("moves.yaml"));
    for (const file of policies) await installAdmission(admin, file);
  });

  afterAll(() => resources.disposeAsync());

  /** Somebody, or a function of Kubemend, whom RBAC allows these verbs on moves, and anything with their status and steps. */
  async function createPerson(name: string, verbs: readonly string[]): Promise<KubernetesClient> {
    const namespace = name.startsWith("kubemend-") ? NAMESPACE : "default";
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const metadata = { name };
    const rules = [
      { apiGroups: ["kubemend.dev"], resources: ["moves"], verbs },
      { apiGroups: ["kubemend.dev"], resources: ["moves/status", "movesteps"], verbs: ["*"] },
    ];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    const subjects = [{ kind: "ServiceAccount", namespace, name }];
    const create = (path: string, body: unknown) =>
      admin.request<{ status: { token: string } }>({ method: "POST", path, body });
    await create(accounts, { metadata });
    await create(`${rbac}/clusterroles`, { metadata, rules });
    await create(`${rbac}/clusterrolebindings`, { metadata, roleRef, subjects });
    const { status } = await create(`${accounts}/${name}/token`, { spec: {} });
    const kubeconfig = join(folder, `${name}.kubeconfig`);
    const ca = readFileSync(controlPlane.caFile, "utf8");
    const { server } = controlPlane;
    writeKubeconfig(kubeconfig, { server, ca, token: status.token, user: name, namespace: "x" });
    const client = await connectLean({ kubeconfig });
    resources.defer(() => client.close());
    return client;
  }

  const toStore = (client: KubernetesClient = admin) =>
    createMoveStore({ client, namespace: NAMESPACE });
  const begin = async (
    store: ReturnType<typeof toStore>,
    move: Move,
    phase: "Planning" | "Deleting" | "Moved",
  ) =>
    store.change(
      move,
      () => ({
        outcome: "write",
        status: { phase, plan: `of-${move.metadata.name}`, chunks: 2, since: AT, startedAt: AT },
        answer: undefined,
      }),
      signal,
    );

  it("is created from the manifest of docs/move.md", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/move.md"), "utf8");
    const [, manifest = ""] = /```yaml\n([^`]*)```/.exec(page) ?? [];
    const body = parse(manifest) as Move;
    await admin.request({ method: "POST", path: MOVES, body });
    const store = createMoveStore({ client: admin, namespace: NAMESPACE });
    expect((await store.find(body.metadata.name, signal))?.spec).toEqual(body.spec);
  });

  it("keeps what was asked for; abort can be set, and finalizers to be taken off can be added", async () => {
    const store = toStore();
    const move = await store.create("kept", SPEC, signal);
    expect((await store.find("kept", signal))?.spec).toEqual(SPEC);
    const change = (spec: object) =>
      admin.request({ method: "PATCH", path: `${MOVES}/kept`, contentType: MERGE, body: { spec } });
    await expect(change({ target: { cluster: "other" } })).rejects.toThrow(
      /the spec of a Move cannot be changed/,
    );
    await store.addFinalizers(move, ["a.io/one"], signal);
    const more = await store.find("kept", signal);
    if (more === undefined) throw new Error("it is gone");
    await store.addFinalizers(more, ["a.io/two"], signal);
    expect((await store.find("kept", signal))?.spec.removeFinalizers).toEqual([
      "a.io/one",
      "a.io/two",
    ]);
    await expect(change({ removeFinalizers: ["a.io/two"] })).rejects.toThrow(/be added to/);
    await expect(change({ removeFinalizers: null })).rejects.toThrow(/be added to/);
    await store.abort(move, signal);
    expect((await store.find("kept", signal))?.spec.abort).toBe(true);
    await expect(change({ abort: false })).rejects.toThrow(/stays so/);
  });

  it("is refused if nothing, or no target, is named", async () => {
    const store = toStore();
    await expect(store.create("none", { ...SPEC, select: [] }, signal)).rejects.toThrow(/select/);
    await expect(store.create("none", { ...SPEC, target: {} }, signal)).rejects.toThrow(
      /a target has the name of a cluster of the pipeline, or its uid/,
    );
  });

  it("keeps its objects in parts, which are written only in the state that was read", async () => {
    const store = toStore();
    const move = await store.create("parts", SPEC, signal);
    await begin(store, move, "Planning");
    const plan = "of-parts";
    await store.createSteps(move, { plan, index: 2, objects: [] }, signal);
    const first = await store.createSteps(move, { plan, index: 1, objects: [OBJECT] }, signal);
    await store.createSteps(move, { plan: "replaced", index: 1, objects: [] }, signal);
    const read = async () => store.readSteps((await store.find("parts", signal)) ?? move, signal);
    expect((await read()).map(({ spec }) => spec.objects)).toEqual([[OBJECT], []]);
    const paused = { ...OBJECT, pause: { field: "spec.paused", before: "false" } };
    expect((await store.saveSteps(first, [paused], signal))?.spec.objects).toEqual([paused]);
    expect(await store.saveSteps(first, [OBJECT], signal)).toBeUndefined();
    await expect(store.deleteOtherSteps(move, "replaced", signal)).rejects.toThrow(/another run/);
    await store.deleteOtherSteps(move, plan, signal);
    expect((await read()).map(({ spec }) => spec.index)).toEqual([1, 2]);
    const path = `${STEPS}/parts.replaced.1`;
    await expect(admin.request({ method: "GET", path })).rejects.toThrow(/not found/);
  });

  it("is carried out only by who may execute moves", async () => {
    const mine = toStore(
      await createPerson("author", ["create", "get", "list", "update", "patch"]),
    );
    const executor = toStore(await createPerson("executor", ["get", "execute"]));
    const move = await mine.create("executed", SPEC, signal);
    const refusal = /needs the verb execute of moves\.kubemend\.dev/;
    await expect(begin(mine, move, "Planning")).rejects.toThrow(refusal);
    const part = { plan: "of-executed", index: 1, objects: [OBJECT] };
    await expect(mine.createSteps(move, part, signal)).rejects.toThrow(refusal);
    await begin(executor, move, "Planning");
    const stored = await executor.createSteps(move, part, signal);
    await expect(mine.saveSteps(stored, [], signal)).rejects.toThrow(refusal);
    await executor.createSteps(move, { ...part, plan: "replaced" }, signal);
    await expect(mine.deleteOtherSteps(move, part.plan, signal)).rejects.toThrow(refusal);
    expect((await mine.find("executed", signal))?.status?.phase).toBe("Planning");
  });

  it("takes finalizers off that were added later only by who may execute moves", async () => {
    const author = toStore(await createPerson("writer", ["create", "get", "patch"]));
    const executor = toStore(await createPerson("adder", ["get", "patch", "execute"]));
    const spec = { ...SPEC, removeFinalizers: ["a.io/one"] };
    const move = await author.create("added-to", spec, signal);
    await expect(author.addFinalizers(move, ["a.io/two"], signal)).rejects.toThrow(
      /finalizers are added .* needs the verb execute of moves\.kubemend\.dev/,
    );
    await executor.addFinalizers(move, ["a.io/two"], signal);
    await author.abort(move, signal);
    expect((await author.find("added-to", signal))?.spec).toEqual({
      ...spec,
      removeFinalizers: ["a.io/one", "a.io/two"],
      abort: true,
    });
  });

  it.each(["normalize", "notify", "sweep"])(
    "is not carried out by %s, although RBAC lets it execute moves",
    async (name) => {
      const other = toStore(await createPerson(`kubemend-${name}`, ["get", "execute"]));
      const move = await toStore().create(`not-by-${name}`, SPEC, signal);
      const refusal = /needs the verb execute of moves\.kubemend\.dev/;
      await expect(begin(other, move, "Planning")).rejects.toThrow(refusal);
      const part = { plan: "own", index: 1, objects: [] };
      await expect(other.createSteps(move, part, signal)).rejects.toThrow(refusal);
      expect((await toStore().find(`not-by-${name}`, signal))?.status).toBeUndefined();
    },
  );

  it("is created and aborted by people, and not by Kubemend's functions", async () => {
    const verbs = ["create", "get", "patch", "execute"];
    const transfer = toStore(await createPerson("kubemend-transfer", verbs));
    const remediate = toStore(await createPerson("kubemend-remediate", verbs));
    await expect(transfer.create("own", SPEC, signal)).rejects.toThrow(/only remediate creates/);
    const move = await remediate.create("of-a-rule", SPEC, signal);
    await expect(transfer.abort(move, signal)).rejects.toThrow(/people create and abort a Move/);
    await expect(transfer.addFinalizers(move, ["*"], signal)).rejects.toThrow(/people create/);
    await begin(transfer, move, "Planning");
    expect((await toStore().find("of-a-rule", signal))?.status?.phase).toBe("Planning");
  });

  it("is not deleted once it has begun to change objects", async () => {
    const store = toStore();
    const move = await store.create("begun", SPEC, signal);
    await begin(store, move, "Deleting");
    const path = `${MOVES}/begun`;
    await expect(admin.request({ method: "DELETE", path })).rejects.toThrow(
      /kubemend move --resume NAME/,
    );
    await begin(store, move, "Planning");
    await admin.request({ method: "DELETE", path });
    expect(await store.find("begun", signal)).toBeUndefined();
  });

  it("keeps its last finalizer until it has ended, if it is being deleted", async () => {
    const store = toStore();
    const move = await store.create("held", SPEC, signal);
    const path = `${MOVES}/held`;
    const setFinalizers = (finalizers: readonly string[]) =>
      admin.request({
        method: "PATCH",
        path,
        contentType: MERGE,
        body: { metadata: { finalizers } },
      });
    await setFinalizers(["example.com/one", "example.com/two"]);
    await admin.request({ method: "DELETE", path });
    await begin(store, move, "Deleting");
    await setFinalizers(["example.com/one"]);
    await expect(setFinalizers([])).rejects.toThrow(/its last finalizer/);
    expect((await store.find("held", signal))?.status?.phase).toBe("Deleting");
    await begin(store, move, "Moved");
    await setFinalizers([]);
    expect(await store.find("held", signal)).toBeUndefined();
  });

  it("has a label on its steps, by which the next run finds them", async () => {
    const body = {
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "MoveSteps",
      metadata: { name: "lost.1" },
      spec: { move: { name: "lost", uid: "u" }, plan: "p", index: 1, objects: [] },
    };
    await expect(admin.request({ method: "POST", path: STEPS, body })).rejects.toThrow(/label/);
  });
});
