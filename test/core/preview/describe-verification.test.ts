import { describe, expect, it } from "vitest";
import { toRolloutCheck } from "../../../core/actions/contract/workloads.ts";
import { JOB_COMPLETE } from "../../../core/actions/job/job-complete.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import type { VerifyOperation } from "../../../core/operations/operation.ts";
import {
  describeTargetChecks,
  describeVerification,
} from "../../../core/preview/describe-verification.ts";

function describeFor(kind: string, check: Partial<VerifyOperation> | undefined): string {
  const target = { group: "", version: "v1", resource: "", kind, namespace: "shop", name: "web" };
  return describeVerification({ type: "verify", name: "v", withinMs: 600_000, ...check, target });
}

describe("the own check of an action is a sentence", () => {
  it.each(["Deployment", "StatefulSet", "DaemonSet"])("%s", (kind) => {
    expect(describeFor(kind, toRolloutCheck(kind))).toBe(
      `wait until the rollout of ${kind} shop/web is complete, at most 10m`,
    );
  });

  it.each([
    [
      "ReplicaSet",
      toRolloutCheck("ReplicaSet"),
      "all Pods of ReplicaSet shop/web are ready, at most 10m",
    ],
    ["Job", JOB_COMPLETE, "Job shop/web is complete, at most 1h"],
    ["Pod", { gone: true } as const, "Pod shop/web is gone, at most 10m"],
    [
      "Job",
      { gone: true, expression: "true" } as const,
      "Job shop/web is gone or has ended, at most 10m",
    ],
    ["Pod", { expression: "object.ok" }, "Pod shop/web fulfils `object.ok`, at most 10m"],
  ])("%s: %j", (kind, check, sentence) => {
    expect(describeFor(kind, check)).toBe(`wait until ${sentence}`);
  });
});

it.each<[FanOutOperation["verify"], string]>([
  [undefined, ""],
  [{}, ", and wait for each until it has had its effect"],
  [
    { expression: "object.ok", withinMs: 60_000 },
    ", and wait for each until it fulfils `object.ok`, at most 1m",
  ],
])("of an action on many targets, each is waited for: %j", (verify, text) => {
  expect(describeTargetChecks({ verify } as FanOutOperation)).toBe(text);
});
