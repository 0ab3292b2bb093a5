/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import type { TransferMessage } from "../../../events/transfer.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planTargetPermissions } from "../../../core/pipeline/rights/mirror-rights.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startApiProxy, type ApiProxy, type Passage } from "../../support/network/api-proxy.ts";
import {
  startFunctionProcess,
  writeProxied,
  type FunctionProcess,
} from "../../support/functions/remediate-process.ts";
import { CONFIG_MAPS } from "../../support/mirror/mirror-case.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  TARGET,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import { toMirroredObject, toTransferMessage } from "../../support/mirror/transfer-message.ts";
import { createConfigMap, patchConfigMap, SHOP } from "./config-maps.ts";
import { RECORDS } from "./mirror-scene.ts";

const RULE = "mirror-shop";

describe("the transfer function as a process, with no more than its rights, between two API servers", () => {
  let world: MirrorWorld;
  let proxy: ApiProxy;
  let queues: SandboxQueues;
  let kubeconfig: string;
  let pipeline: string;

  beforeAll(async () => {
    world = await startMirrorWorld();
    const { source, target } = world.controlPlanes;
    proxy = await startApiProxy({ server: world.target.server, caFile: target.caFile });
    queues = await startQueues();
    for (const client of [world.source, world.target]) await createNamespace(client, "shop");
    const document = (path: string): object => ({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "prod" },
      clusters: [{ name: TARGET, access: { kubeconfig: path } }],
      rules: [
        {
          id: RULE,
          on: { resource: "configmaps", namespaces: ["shop"] },
          then: [{ mirror: { to: [TARGET] } }],
        },
      ],
    });
    const parsed = parsePipeline(document("unused"));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { transfer } = planPermissions(parsed.value, builtinCatalog());
    const [there] = planTargetPermissions(parsed.value, builtinCatalog());
    const own = await installAccess({
      client: world.source,
      caFile: source.caFile,
      dir: join(world.folder, "access"),
      permissions: { transfer },
      crds: [],
      admission: listInfraFiles("admission"),
    });
    const theirs = await installAccess({
      client: world.target,
      caFile: target.caFile,
      dir: join(world.folder, "access-of-target"),
      permissions: { transfer: there?.transfer ?? [] },
      crds: [],
    });
    kubeconfig = own.transfer;
    pipeline = join(world.folder, "pipeline.json");
    const proxied = writeProxied(theirs.transfer, world.target.server, proxy.server);
    writeFileSync(pipeline, JSON.stringify(document(proxied)));
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await queues?.stop();
    await world?.[Symbol.asyncDispose]();
  });

  const start = (): Promise<FunctionProcess<TransferMessage>> =>
    startFunctionProcess(
      { name: "transfer", source: "transfers.fifo" },
      { kubeconfig, pipeline, queues },
    );
  const create = (name: string, data: Json): Promise<KubernetesObject> =>
    createConfigMap(world.source, SHOP, { metadata: { name }, data });
  const change = (name: string, data: Json): Promise<KubernetesObject> =>
    patchConfigMap(world.source, `${SHOP}/${name}`, data);
  const toMessage = (object: KubernetesObject, kind: ChangeKind): TransferMessage =>
    toTransferMessage(world, RULE, toMirroredObject(CONFIG_MAPS, object), kind);
  /** In a process of its own, undisturbed. */
  const run = async (message: TransferMessage): Promise<unknown> => {
    proxy.intercept();
    const other = await start();
    const outcome = await other.invoke(message);
    await other.kill();
    return outcome;
  };
  const DONE = { outcome: "ok", payload: { batchItemFailures: [] } };

  it.each<Passage>(["cut", "forward"])(
    "is killed while it creates a copy, and the request is lost or not (%s): the next one finds it in order",
    async (passage) => {
      const object = await create(`killed-${passage}`, { a: "1" });
      const message = toMessage(object, "added");
      const first = await start();
      proxy.intercept(async (_, line): Promise<Passage> => {
        if (line.startsWith("PATCH")) await first.kill();
        return line.startsWith("PATCH") ? passage : "forward";
      });
      await first.invoke(message).catch(() => undefined);
      expect(await run(message)).toMatchObject(DONE);
      expect(await find(world.target, `${SHOP}/killed-${passage}`)).toMatchObject({
        data: { a: "1" },
        metadata: { annotations: { "kubemend.dev/source-uid": object.metadata.uid } },
      });
    },
  );

  it("cannot replace a newer state by an older one when it was frozen in between", async () => {
    const object = await create("frozen", { a: "1" });
    await run(toMessage(object, "added"));
    const second = await change("frozen", { a: "2" });
    const slow = await start();
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    proxy.intercept(async (_, line): Promise<Passage> => {
      if (!line.startsWith("PATCH")) return "forward";
      reached.resolve();
      await held.promise;
      return "forward";
    });
    const late = slow.invoke(toMessage(second, "modified"));
    await reached.promise;
    const third = await change("frozen", { a: "3" });
    await run(toMessage(third, "modified"));
    held.resolve();
    await late;
    await slow.kill();
    expect(await find(world.target, `${SHOP}/frozen`)).toMatchObject({ data: { a: "3" } });
  });

  it("keeps a record of what it cannot copy, which the admission policy lets it write", async () => {
    const object = await create("conflict", { a: "1" });
    const foreign = { metadata: { name: "conflict" }, data: { theirs: "1" } };
    await createConfigMap(world.target, SHOP, foreign);
    expect(await run(toMessage(object, "added"))).toMatchObject(DONE);
    const { items } = await world.source.request<{ readonly items: readonly object[] }>({
      method: "GET",
      path: RECORDS,
    });
    expect(items).toMatchObject([{ status: { phase: "Failed", reason: "MirrorConflict" } }]);
  });

  it("acknowledges nothing while the target is away, and stores since when", async () => {
    const object = await create("away", { a: "1" });
    const message = toMessage(object, "added");
    proxy.disconnect();
    const first = await start();
    const outcome = await first.invoke(message);
    await first.kill();
    proxy.reconnect();
    expect(JSON.stringify(outcome)).toContain(message.id);
    const path = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/mirrors/${RULE}.${TARGET}`;
    const mirror = await find(world.source, path);
    expect(mirror).toMatchObject({ status: { unreachableSince: expect.any(String) } });
    expect(await run(message)).toMatchObject(DONE);
    expect(await find(world.target, `${SHOP}/away`)).toMatchObject({ data: { a: "1" } });
  });
});
