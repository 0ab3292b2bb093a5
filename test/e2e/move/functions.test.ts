import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planTargetPermissions } from "../../../core/pipeline/rights/mirror-rights.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { MoveSpec, MoveStatus } from "../../../events/moves/move.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startFunctions, type Functions } from "../../support/functions/functions.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { readSides } from "../../support/move/check-move.ts";
import { createHierarchy, GROUP } from "../../support/move/cluster-api.ts";
import { MOVE_NAMESPACE, startMoveWorld, type MoveWorld } from "../../support/move/move-world.ts";
import { startSweep } from "../../support/move/start-sweep.ts";

const KINDS = ["clusters", "machinedeployments", "machinesets", "machines", "machinetemplates"];
const RESOURCES = [...KINDS.map((plural) => `${plural}.${GROUP}`), "secrets"];
const { signal } = new AbortController();

type KubeConfig = {
  readonly clusters: readonly { readonly cluster: object }[];
  readonly users: readonly { readonly user: object }[];
};

describe("Moves that the bundled functions carry out, with no more than their rights", () => {
  let world: MoveWorld;
  let queues: SandboxQueues;
  let functions: Functions;
  let sweep: ReturnType<typeof startSweep>;
  let namespace = "";
  let count = 0;
  const namespaces = ["one", "two", "three"];

  beforeAll(async () => {
    world = await startMoveWorld();
    queues = await startQueues();
    const { source, target } = world.controlPlanes;
    const document = (kubeconfig: string) => ({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "old" },
      clusters: [{ name: "new", access: { kubeconfig } }],
      watch: [{ resource: "pods", namespaces: ["one"] }],
      moves: [{ to: ["new"], resources: RESOURCES, namespaces, removeFinalizers: ["*"] }],
    });
    const parsed = parsePipeline(document("unused"));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { transfer, sweep: sweeping } = planPermissions(parsed.value, builtinCatalog());
    const [there] = planTargetPermissions(parsed.value, builtinCatalog());
    const own = await installAccess({
      client: world.source,
      caFile: source.caFile,
      dir: join(world.folder, "access"),
      permissions: { transfer, sweep: sweeping },
      crds: [],
      admission: listInfraFiles("admission"),
      namespaces,
    });
    const theirs = await installAccess({
      client: world.target,
      caFile: target.caFile,
      dir: join(world.folder, "access-of-target"),
      permissions: { transfer: there?.transfer ?? [] },
      crds: [],
      namespaces,
    });
    const pipeline = join(world.folder, "pipeline.json");
    writeFileSync(pipeline, JSON.stringify(document(theirs.transfer)));
    const kubeconfigs = { transfer: own.transfer };
    functions = startFunctions({ queues, kubeconfigs, pipeline, environment: {} });
    sweep = startSweep(queues, { kubeconfig: own.sweep, pipeline });
  });

  beforeEach(() => {
    namespace = namespaces[count] ?? "";
    count += 1;
  });

  afterAll(async () => {
    await sweep?.stop();
    await functions?.[Symbol.asyncDispose]();
    await queues?.stop();
    await world?.[Symbol.asyncDispose]();
  });

  const store = () => createMoveStore({ client: world.source, namespace: MOVE_NAMESPACE });
  const toSpec = (): MoveSpec => ({
    target: { cluster: "new" },
    select: [{ resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true }],
    removeFinalizers: ["*"],
  });
  const read = async (name: string): Promise<MoveStatus | undefined> =>
    (await store().find(name, signal))?.status;

  /** Sweeps as the schedule does, until the status is as expected. */
  async function sweepUntil(
    name: string,
    isThere: (status: MoveStatus) => boolean,
  ): Promise<MoveStatus> {
    for (;;) {
      await sweep.invoke({});
      const status = await read(name);
      if (status !== undefined && isThere(status)) return status;
      await sleep(1_000);
    }
  }

  it("one that was created with kubectl ends moved by sweep and transfer", async () => {
    await createHierarchy(world.source, { namespace });
    const before = await readSides(world, namespace);
    await store().create("created", toSpec(), signal);
    const { problem } = await sweepUntil(
      "created",
      (one) => one.phase === "Moved" || one.problem !== undefined,
    );
    expect(problem).toBeUndefined();
    const after = await readSides(world, namespace);
    expect(after.source.size).toBe(0);
    expect([...after.target.keys()].toSorted()).toEqual([...before.source.keys()].toSorted());
  });

  it("one whose command was killed with SIGKILL in the middle ends moved by the functions", async () => {
    await createHierarchy(world.source, { namespace });
    const before = await readSides(world, namespace);
    const sides = ["--from", "old", "--to", "new", "--kubeconfig", writeBoth(), "--name", "killed"];
    const what = [`clusters.${GROUP}/web`, "-n", namespace, "--with-owned"];
    const command = kubemend(["move", ...sides, ...what, "--remove-finalizer", "*"]);
    for (;;) {
      const phase = (await read("killed"))?.phase;
      if (phase === "Creating" || phase === "Verifying" || phase === "Deleting") break;
      await sleep(1);
    }
    command.process.kill("SIGKILL");
    await command.ended;
    const killed = await read("killed");
    expect(killed?.phase).not.toBe("Moved");
    expect(killed?.holder?.name).toMatch(/^command-/);
    const { holder } = await sweepUntil("killed", ({ phase }) => phase === "Moved");
    expect(holder?.name ?? "nobody").toBe("nobody");
    const after = await readSides(world, namespace);
    expect(after.source.size).toBe(0);
    expect([...after.target.keys()].toSorted()).toEqual([...before.source.keys()].toSorted());
  });

  it("one of what the pipeline does not declare says so, and touches nothing", async () => {
    await createHierarchy(world.source, { namespace });
    const before = await readSides(world, namespace);
    await store().create("greedy", { ...toSpec(), createNamespaces: true }, signal);
    const { problem } = await sweepUntil("greedy", (status) => status.problem !== undefined);
    expect(problem).toMatchObject({
      code: "NotDeclared",
      reason: expect.stringContaining("does not let namespaces be created") as string,
    });
    expect(await readSides(world, namespace)).toEqual(before);
  });

  /** A kubeconfig with both clusters, of their administrators. */
  function writeBoth(): string {
    const path = join(world.folder, "both.kubeconfig");
    const sides = (["source", "target"] as const).map((side) => {
      const text = readFileSync(world.controlPlanes[side].kubeconfig, "utf8");
      return { name: side === "source" ? "old" : "new", file: JSON.parse(text) as KubeConfig };
    });
    const document = {
      apiVersion: "v1",
      kind: "Config",
      clusters: sides.map(({ name, file }) => ({ name, cluster: file.clusters[0]?.cluster })),
      users: sides.map(({ name, file }) => ({ name, user: file.users[0]?.user })),
      contexts: sides.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
      "current-context": "old",
    };
    writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
    return path;
  }
});
