import { expect, it } from "vitest";
import type { FanOutOperation } from "../../../../../core/operations/fan-out.ts";
import type { TargetEntry } from "../../../../../core/records/targets/progress.ts";
import { runPage } from "../../../../../functions/remediate/record/run-page.ts";
import { toRecord } from "../../../../core/records/record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const PODS = { group: "", version: "v1", resource: "pods", kind: "Pod" };
const OUT = { annotations: { "kubemend.dev/remediate": "false" } };

const fanOut: FanOutOperation = {
  type: "fanOut",
  name: "deleteObject",
  action: "deleteObject",
  parameters: {},
  values: {},
  verb: "delete",
  collections: [{ ...PODS, namespace: "shop", cluster: "backup" }],
  filter: { type: "where" },
  giveUpAfterMs: 60_000,
  plannedAt: NOW,
  depth: 0,
  found: { count: 1, names: ["Pod shop/web"] },
};

/** A Pod of another cluster that waits to be tried again, while the namespace `shop` of one of the clusters has opted out. */
async function runWaiting(optedOut: string | undefined): Promise<TargetEntry | undefined> {
  const target = { ...PODS, namespace: "shop", name: "web", cluster: "backup" };
  const entry: TargetEntry = {
    at: { collection: 0, key: "shop/web" },
    object: "Pod shop/web",
    state: "waiting",
    startedAt: NOW,
    until: NOW,
    operation: {
      type: "delete",
      name: "deleteObject",
      target,
      uid: "u",
      propagationPolicy: "Background",
    },
  };
  const unexpected = async (): Promise<never> => Promise.reject(new Error("not in this test"));
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", uid: "u" } };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", uid: "n" } };
  const executor = {
    read: async () => ({ type: "object", object: pod }) as const,
    readNamespace: async (_name: string, _signal: AbortSignal, cluster?: string) =>
      cluster === optedOut ? { ...namespace, metadata: { ...namespace.metadata, ...OUT } } : null,
    execute: async () => ({ outcome: "done" }) as const,
    scan: unexpected,
    readUses: unexpected,
    readCatalog: unexpected,
  };
  const progress = { page: [entry] } as unknown as Parameters<typeof runPage>[0];
  const deps = {
    executor,
    context: { record: toRecord(), status: { phase: "Running" } },
    step: { name: "deleteObject" },
    now: () => NOW,
    keep: () => undefined,
    isOver: () => false,
  } as unknown as Parameters<typeof runPage>[2];
  const { page } = await runPage(progress, fanOut, deps, new AbortController().signal);
  return page[0];
}

it("a waiting target is left alone if its namespace in its own cluster has opted out", async () => {
  expect(await runWaiting("backup")).toMatchObject({ state: "failed", code: "OptedOut" });
});

it("a waiting target is not held by a namespace of that name in another cluster", async () => {
  expect(await runWaiting(undefined)).toMatchObject({ state: "done" });
});
