import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { findBroken } from "../../support/move/check-move.ts";
import { GROUP, toPath, VERSION } from "../../support/move/cluster-api.ts";
import { startCommandScene, type CommandScene } from "../../support/move/command-scene.ts";
import {
  ADDED_FINALIZER,
  startFinalizerController,
  startOwnerController,
} from "../../support/move/controllers.ts";
import { judgeHistory } from "../../support/move/judge-history.ts";
import type { Passage } from "../../support/network/api-proxy.ts";
import { MOVE_NAMESPACE } from "../../support/move/move-world.ts";
import { watchSides, type History, type SideName } from "../../support/move/watch-sides.ts";

const MERGE = "application/merge-patch+json";
/** A process takes its time to start on a busy machine. */
const SLOW = { timeout: 120_000 };
const HOLD = "example.com/hold";
const MACHINE_FINALIZER = `machine.${GROUP}`;
const MACHINE = { apiVersion: `${GROUP}/${VERSION}`, kind: "Machine" };

describe("kubemend move, and what others do to finalizers and owners", () => {
  let scene: CommandScene;
  let history: History;
  beforeAll(async () => {
    scene = await startCommandScene();
    history = await watchSides(scene.world.controlPlanes, MOVE_NAMESPACE);
  });
  afterAll(async () => {
    history?.[Symbol.dispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  const patch = (client: KubernetesClient, path: string, metadata: object) =>
    client.request({ method: "PATCH", path, contentType: MERGE, body: { metadata } });
  const createMachine = (client: KubernetesClient, namespace: string, metadata: object) =>
    client.request({
      method: "POST",
      path: toPath("machines", namespace),
      body: { ...MACHINE, metadata },
    });
  /** Puts an object at the place of the Machine in the target, which is being deleted and is not gone. */
  const putTerminating = async (namespace: string): Promise<void> => {
    const { target } = scene.world;
    await createMachine(target, namespace, { name: "web-1-1", finalizers: [HOLD] });
    await target.request({ method: "DELETE", path: toPath("machines", namespace, "web-1-1") });
  };
  const readWait = async (name: string): Promise<string> => {
    const path = `/apis/kubemend.dev/v1alpha1/namespaces/${MOVE_NAMESPACE}/moves/${name}`;
    type Waiting = { readonly status?: { readonly current?: { readonly waitsFor?: string } } };
    const move = await scene.world.source.request<Waiting>({ method: "GET", path });
    return move.status?.current?.waitsFor ?? "";
  };
  /** Does something before the first request to the Machine with a method is forwarded. */
  const beforeFirst = (
    side: SideName,
    works: Readonly<Record<string, () => Promise<unknown>>>,
  ): void => {
    const left = new Map(Object.entries(works));
    scene.lane.proxies[side].intercept(async (_count, line): Promise<Passage> => {
      const [method = "", path = ""] = line.split(" ");
      const work = path.endsWith("/machines/web-1-1") ? left.get(method) : undefined;
      if (work === undefined) return "forward";
      left.delete(method);
      await work();
      return "forward";
    });
  };

  it("ends moved in the sequence of the incident: finalizers are added to a source that is being deleted, and the target has a terminating object of its name", async () => {
    const { namespace, before, args, read } = await scene.renew();
    const { source, target } = scene.world;
    const path = toPath("machines", namespace, "web-1-1");
    const finalizers = [MACHINE_FINALIZER, "example.com/new"];
    const refused: unknown[] = [];
    const refuse = async (sent: Promise<unknown>) => {
      refused.push(await sent.catch((error: unknown) => error));
    };
    beforeFirst("target", { PATCH: () => putTerminating(namespace) });
    beforeFirst("source", {
      DELETE: () => patch(source, path, { finalizers }),
      PATCH: async () => {
        await refuse(patch(source, path, { finalizers: [...finalizers, "example.com/newer"] }));
        await refuse(createMachine(source, namespace, { name: "web-1-1" }));
      },
    });
    const run = scene.lane.start(...args);
    await expect.poll(() => readWait(namespace).catch(() => ""), SLOW).toContain(HOLD);
    expect((await read()).source.size).toBe(before.size);
    await patch(target, path, { finalizers: [] });
    const { code, stdout } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("Moved") });
    expect(refused.map(String)).toEqual([
      expect.stringContaining("no new finalizers can be added if the object is being deleted"),
      expect.stringContaining("object is being deleted"),
    ]);
    const sides = await read();
    expect([...sides.source.keys()]).toEqual([]);
    expect([...sides.target.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    const copy = sides.target.get("machines/web-1-1")?.metadata;
    expect([copy?.finalizers, copy?.deletionTimestamp]).toEqual([finalizers, undefined]);
  });

  it("is rolled back although a copy is held by a finalizer of somebody else, once that is taken off", async () => {
    const { namespace, before, args, read } = await scene.renew();
    const { target } = scene.world;
    const held = toPath("machinesets", namespace, "web-ms-1");
    beforeFirst("target", { PATCH: () => putTerminating(namespace) });
    const run = scene.lane.start(...args);
    await expect.poll(() => readWait(namespace).catch(() => ""), SLOW).toContain(HOLD);
    run.process.kill("SIGKILL");
    await run.ended;
    await patch(target, held, { finalizers: ["example.com/other"] });
    const rollback = scene.lane.start("--rollback", namespace);
    await expect.poll(() => readWait(namespace), SLOW).toContain("example.com/other");
    await patch(target, held, { finalizers: [] });
    const { code, stdout } = await rollback.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("RolledBack") });
    const sides = await read();
    expect(findBroken(before, { ...sides, target: new Map() })).toEqual([]);
    // The object of somebody else stays as it was.
    expect([...sides.target.keys()]).toEqual(["machines/web-1-1"]);
  });

  it("moves whole while a controller adds finalizers and another one reconciles owners, in both clusters", async () => {
    const { namespace, args, read } = await scene.renew();
    const { source, target } = scene.world;
    const path = toPath("machines", namespace, "web-1-1");
    const toOwner = async (client: KubernetesClient): Promise<string | undefined> => {
      type Owned = {
        readonly metadata: { readonly ownerReferences?: readonly { readonly uid: string }[] };
      };
      const { metadata } = await client.request<Owned>({ method: "GET", path });
      return metadata.ownerReferences?.[0]?.uid;
    };
    await using stack = new AsyncDisposableStack();
    const [own, other] = [source, target].map((client) => ({
      finalizers: stack.use(startFinalizerController(client, namespace)),
      owners: stack.use(startOwnerController(client, namespace, "web-1-2")),
    }));
    // In the source the controllers are at work: a Machine is missing, and another one has lost its owner.
    const setUid = await toOwner(source);
    await patch(source, path, { ownerReferences: null });
    await expect.poll(() => toOwner(source)).toBe(setUid);
    await expect.poll(() => own?.finalizers.done.finalizersAdded).toBe(3);
    await history.catchUp(namespace);
    const before = new Map(history.of(namespace).map(({ key, object }) => [key, object]));
    expect(before.has("machines/web-1-2")).toBe(true);
    const { code, stdout, stderr } = await scene.lane.run(args);
    expect({ code, stdout, stderr }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Moved"),
    });
    await history.catchUp(namespace);
    expect(judgeHistory(before, history.of(namespace))).toEqual([]);
    const sides = await read();
    expect([...sides.source.keys()]).toEqual([]);
    expect([...sides.target.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    for (const [key, { metadata }] of before) {
      expect([key, sides.target.get(key)?.metadata.finalizers]).toEqual([key, metadata.finalizers]);
    }
    expect(sides.target.get("machines/web-1-2")?.metadata.finalizers).toContain(ADDED_FINALIZER);
    // No controller of the target had anything to set right; it is at work again now.
    expect(other?.owners.done).toMatchObject({ ownersWritten: 0, childrenCreated: 0 });
    expect(other?.finalizers.done.finalizersAdded).toBe(0);
    await patch(target, path, { ownerReferences: null });
    const targetUid = sides.target.get("machinesets/web-ms-1")?.metadata.uid;
    await expect.poll(() => toOwner(target)).toBe(targetUid);
  });
});
