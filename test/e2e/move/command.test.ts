import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { findBroken, readSides } from "../../support/move/check-move.ts";
import { createHierarchy, GROUP, VERSION } from "../../support/move/cluster-api.ts";
import { createNamespace, startMoveWorld, type MoveWorld } from "../../support/move/move-world.ts";

type KubeConfig = {
  readonly clusters: readonly { readonly cluster: object }[];
  readonly users: readonly { readonly user: object }[];
};

describe("kubemend move", () => {
  let world: MoveWorld;
  let kubeconfig = "";
  let namespace = "";
  let count = 0;

  beforeAll(async () => {
    world = await startMoveWorld();
    kubeconfig = join(world.folder, "both.kubeconfig");
    const read = (side: "source" | "target"): KubeConfig =>
      JSON.parse(readFileSync(world.controlPlanes[side].kubeconfig, "utf8")) as KubeConfig;
    const sides = [["old", read("source")] as const, ["new", read("target")] as const];
    const document = {
      apiVersion: "v1",
      kind: "Config",
      clusters: sides.map(([name, { clusters }]) => ({ name, cluster: clusters[0]?.cluster })),
      users: sides.map(([name, { users }]) => ({ name, user: users[0]?.user })),
      contexts: sides.map(([name]) => ({ name, context: { cluster: name, user: name } })),
      "current-context": "old",
    };
    writeFileSync(kubeconfig, JSON.stringify(document), { mode: 0o600 });
  });

  beforeEach(async () => {
    count += 1;
    namespace = `ns-${count}`;
    await createNamespace(world.source, namespace);
    await createNamespace(world.target, namespace);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const move = (...args: readonly string[]) =>
    kubemend(["move", "--from", "old", "--to", "new", "--kubeconfig", kubeconfig, ...args]);
  const toWhat = (): readonly string[] => [
    `clusters.${GROUP}/web`,
    "-n",
    namespace,
    "--with-owned",
    "--remove-finalizer",
    "*",
  ];

  it("plans as text, as a flowchart and as JSON, and writes nothing", async () => {
    await createHierarchy(world.source, { namespace });
    const text = await move(...toWhat(), "--plan").ended;
    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(text.stdout).toContain(
      `3. create in the target, owners first\n   Cluster ${namespace}/web\n`,
    );
    const chart = await move(...toWhat(), "--plan", "--output", "mermaid").ended;
    expect(chart.stdout).toMatch(/^flowchart TD\n/);
    const json = await move(...toWhat(), "--plan", "--output", "json").ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ type: "plan", levels: 5, problems: [] });
    expect([...(await readSides(world, namespace)).target.keys()]).toEqual([]);
    const refused = await move(`machines.${GROUP}/web-1-1`, "-n", namespace, "--plan").ended;
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("This move is refused");
  });

  it("moves, and says what was done and what did not move", async () => {
    await createHierarchy(world.source, { namespace });
    const before = (await readSides(world, namespace)).source;
    const { code, stdout, stderr } = await move(...toWhat(), "--name", `whole-${count}`).ended;
    expect([code, stderr.includes("kubemend:")]).toEqual([0, false]);
    expect(stdout).toContain(`Move whole-${count} to `);
    expect(stdout).toContain("all objects of the move are in the target and nowhere else");
    expect(stdout).toMatch(/objects were paused on both sides for \d+/);
    expect(stdout).toContain(
      `Cluster ${namespace}/web spec.cloudRef: Secret ${namespace}/cloud-account`,
    );
    const sides = await readSides(world, namespace);
    expect([sides.source.size, findBroken(before, sides)]).toEqual([0, []]);
    const back = await move("--rollback", `whole-${count}`).ended;
    expect(back.code).toBe(1);
    expect(back.stderr).toContain("cannot be rolled back");
  });

  it("is stopped by Ctrl-C, and reports where the move is and what continues or ends it", async () => {
    await createHierarchy(world.source, { namespace });
    const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/clusters/web`;
    const annotations = { "kubemend.dev/block-move": "backup" };
    const contentType = "application/merge-patch+json";
    const body = { metadata: { annotations } };
    await world.source.request({ method: "PATCH", path, contentType, body });
    const name = `stopped-${count}`;
    const running = move(...toWhat(), "--name", name);
    await expect
      .poll(async () => (await move("--status", name).ended).stdout, { timeout: 30_000 })
      .toContain("Waiting");
    running.process.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`Move ${name} to `);
    expect(stderr).toContain(`--from old --to new --resume ${name}`);
    expect(stderr).toContain(`--from old --to new --rollback ${name}`);
  });

  it("is killed at any moment, and --resume continues", async () => {
    for (const afterMs of [900, 1_100, 1_300, 1_600, 2_000]) {
      count += 1;
      namespace = `ns-${count}`;
      await createNamespace(world.source, namespace);
      await createNamespace(world.target, namespace);
      await createHierarchy(world.source, { namespace, deployments: 3, machines: 4 });
      const before = (await readSides(world, namespace)).source;
      const name = `killed-${count}`;
      const first = move(...toWhat(), "--name", name);
      const timer = setTimeout(() => first.process.kill("SIGKILL"), afterMs);
      await first.ended;
      clearTimeout(timer);
      const broken = findBroken(before, await readSides(world, namespace));
      expect({ afterMs, broken }).toEqual({ afterMs, broken: [] });
      // A command that was killed before it had created the Move is begun again.
      const resumed = await move("--resume", name, "--yes").ended;
      const ended = resumed.code === 0 ? resumed : await move(...toWhat(), "--name", name).ended;
      expect({ afterMs, code: ended.code, said: ended.stderr.includes("kubemend:") }).toEqual({
        afterMs,
        code: 0,
        said: false,
      });
      const sides = await readSides(world, namespace);
      expect({ afterMs, left: sides.source.size, broken: findBroken(before, sides) }).toEqual({
        afterMs,
        left: 0,
        broken: [],
      });
    }
  });
});
