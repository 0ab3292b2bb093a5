import { expect, it } from "vitest";
import type { FanOutOperation } from "../../../../../core/operations/fan-out.ts";
import { nameTarget } from "../../../../../functions/remediate/plan/targets/find-targets.ts";
import { sizeFanOuts } from "../../../../../functions/remediate/plan/size-fan-out.ts";
import { toRecord } from "../../../../core/records/record.ts";

const PODS = { group: "", version: "v1", resource: "pods", kind: "Pod", namespace: "shop" };

function toFanOut(collections: FanOutOperation["collections"]): FanOutOperation {
  return {
    type: "fanOut",
    name: "deleteObject",
    action: "deleteObject",
    parameters: {},
    values: {},
    verb: "delete",
    collections,
    filter: { type: "where" },
    giveUpAfterMs: 60_000,
    plannedAt: "2026-03-01T10:00:00.000Z",
    depth: 0,
    found: { count: 0, names: [] },
  };
}

const target = { at: { collection: 0, key: "shop/web" }, namespace: "shop", name: "web" };

it.each([
  ["Pod shop/web in cluster backup", { ...PODS, cluster: "backup" }],
  ["Pod shop/web", PODS],
])("a target is named %s", (name, collection) => {
  expect(nameTarget(toFanOut([collection]), target)).toBe(name);
});

it("the names in a plan are without the cluster, which the number of targets says", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u" },
  };
  const executor = {
    scan: async (_collection: unknown, visit: (object: unknown, uses: unknown) => Promise<void>) =>
      visit(pod, () => false),
    readNamespace: async () => null,
  };
  const operation = toFanOut([{ ...PODS, cluster: "backup" }]);
  const context = { executor, record: toRecord(), rule: {}, now: "2026-03-01T10:00:00.000Z" };
  const sized = await sizeFanOuts([operation], context as never, new AbortController().signal);
  expect(sized).toMatchObject({
    ok: true,
    value: { operations: [{ found: { count: 1, names: ["shop/web"] } }] },
  });
});
