import type { FanOutOperation } from "../../../../core/operations/fan-out.ts";

/** The eviction of many Pods. */
export const FAN_OUT: FanOutOperation = {
  type: "fanOut",
  name: "evictPod",
  action: "evictPod",
  parameters: { within: "1h" },
  values: {},
  verb: "evict",
  collections: [{ group: "", version: "v1", resource: "pods", kind: "Pod", namespace: "shop" }],
  filter: { type: "where" },
  atMost: 5,
  giveUpAfterMs: 3_600_000,
  plannedAt: "2026-03-01T10:00:00.000Z",
  depth: 0,
  found: { count: 3, names: ["shop/a", "shop/b", "shop/c"] },
};
