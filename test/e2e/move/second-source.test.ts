import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planSourcePermissions } from "../../../core/pipeline/rights/cluster-rights.ts";
import type { MoveSpec, MoveStatus } from "../../../events/moves/move.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { startFunctions } from "../../support/functions/functions.ts";
import { readSides } from "../../support/move/check-move.ts";
import { createHierarchy, GROUP } from "../../support/move/cluster-api.ts";
import { MOVE_NAMESPACE, startMoveWorld, type MoveWorld } from "../../support/move/move-world.ts";
import { startSweep } from "../../support/move/start-sweep.ts";

const KINDS = ["clusters", "machinedeployments", "machinesets", "machines", "machinetemplates"];
const RESOURCES = [...KINDS.map((plural) => `${plural}.${GROUP}`), "secrets"];
const { signal } = new AbortController();

describe("Moves of another cluster than the pipeline's own, without a relay or a queue there", () => {
  const stack = new AsyncDisposableStack();
  const namespaces = ["one", "two"];
  let world: MoveWorld;
  let sweep: ReturnType<typeof startSweep>;

  /** The pipeline's own cluster is the target; only where a function finds the kubeconfig of the source depends on the function. */
  const toDocument = (kubeconfig: string) => ({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "hub" },
    clusters: [{ name: "old", uid: world.sides.source.uid, access: { kubeconfig } }],
    watch: [{ resource: "pods", namespaces: ["one"] }],
    moves: [
      { from: ["old"], to: ["hub"], resources: RESOURCES, namespaces, removeFinalizers: ["*"] },
    ],
  });

  beforeAll(async () => {
    world = stack.use(await startMoveWorld());
    const queues = await startQueues();
    stack.defer(() => queues.stop());
    const parsed = parsePipeline(toDocument("unused"));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const install = async (name: "hub" | "old", side: "source" | "target") => {
      const { transfer, sweep: sweeping } = planSourcePermissions(
        parsed.value,
        name,
        builtinCatalog(),
      );
      return installAccess({
        client: world[side],
        caFile: world.controlPlanes[side].caFile,
        dir: join(world.folder, name),
        permissions: { transfer, sweep: sweeping },
        crds: side === "source" ? [] : listInfraFiles("crds"),
        admission: listInfraFiles("admission"),
        namespaces,
      });
    };
    const [hub, old] = [await install("hub", "target"), await install("old", "source")];
    const write = (name: "sweep" | "transfer"): string => {
      const file = join(world.folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(toDocument(old[name])));
      return file;
    };
    const kubeconfigs = { transfer: hub.transfer };
    stack.use(
      startFunctions({ queues, kubeconfigs, pipeline: write("transfer"), environment: {} }),
    );
    sweep = startSweep(queues, { kubeconfig: hub.sweep, pipeline: write("sweep") });
    stack.defer(() => sweep.stop());
  });

  afterAll(() => stack.disposeAsync());

  const toStore = (side: "source" | "target") =>
    createMoveStore({ client: world[side], namespace: MOVE_NAMESPACE });

  function toSpec(namespace: string, cluster: string): MoveSpec {
    const selected = { resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true };
    return { target: { cluster }, select: [selected], removeFinalizers: ["*"] };
  }

  async function sweepUntilStopped(name: string): Promise<MoveStatus> {
    for (;;) {
      await sweep.invoke({});
      const status = (await toStore("source").find(name, signal))?.status;
      if (status?.phase === "Moved" || status?.problem !== undefined) return status;
      await sleep(1_000);
    }
  }

  it("one ends moved to the pipeline's own cluster, with no more rights than are printed", async () => {
    await createHierarchy(world.source, { namespace: "one" });
    const before = await readSides(world, "one");
    await toStore("source").create("from-old", toSpec("one", "hub"), signal);
    const { problem, target } = await sweepUntilStopped("from-old");
    expect(problem).toBeUndefined();
    expect(target?.uid).toBe(world.sides.target.uid);
    const after = await readSides(world, "one");
    expect(after.source.size).toBe(0);
    expect([...after.target.keys()].toSorted()).toEqual([...before.source.keys()].toSorted());
  });

  it("one to a cluster that the entry does not name says so, and touches nothing", async () => {
    await createHierarchy(world.source, { namespace: "two" });
    const before = await readSides(world, "two");
    await toStore("source").create("elsewhere", toSpec("two", "third"), signal);
    const { problem } = await sweepUntilStopped("elsewhere");
    expect(problem?.code).toBe("NotDeclared");
    expect(await readSides(world, "two")).toEqual(before);
  });

  it("one of the pipeline's own cluster is left alone, because from does not name that", async () => {
    await toStore("target").create("own", toSpec("one", "old"), signal);
    for (let runs = 0; runs < 3; runs += 1) {
      await sweep.invoke({});
      await sleep(1_000);
    }
    expect((await toStore("target").find("own", signal))?.status).toBeUndefined();
  });

  it("the rights in the source let nobody but transfer execute a Move there", async () => {
    const resourceAttributes = {
      group: "kubemend.dev",
      resource: "moves",
      namespace: MOVE_NAMESPACE,
      verb: "execute",
    };
    const ask = async (user: string): Promise<boolean> => {
      const { status } = await world.source.request<{ status: { allowed: boolean } }>({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: { spec: { user, resourceAttributes } },
      });
      return status.allowed;
    };
    const users = ["transfer", "sweep"].map(
      (name) => `system:serviceaccount:${MOVE_NAMESPACE}:kubemend-${name}`,
    );
    expect(await Promise.all(users.map(ask))).toEqual([true, false]);
  });
});
