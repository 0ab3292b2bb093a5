import { describe, expect, it } from "vitest";
import { judgePod } from "../../../../core/actions/drain/judge-pod.ts";

type Json = Readonly<Record<string, unknown>>;

const owned = (kind: string): Json => ({
  ownerReferences: [{ kind: "Other" }, { kind, name: "web", controller: true }],
});
const pod = (metadata: Json, more: Json = {}): Json => ({ metadata, spec: {}, ...more });
const EMPTY_DIR = { spec: { volumes: [{ name: "cache", emptyDir: {} }] } };
const CAREFUL = { force: false, deleteEmptyDirData: false };
const RECKLESS = { force: true, deleteEmptyDirData: true };

describe("when a Node is drained, a Pod", () => {
  it.each<readonly [string, Json]>([
    ["of a ReplicaSet", pod(owned("ReplicaSet"))],
    ["of a StatefulSet", pod(owned("StatefulSet"))],
    [
      "that has succeeded, even if nobody owns it",
      pod({}, { ...EMPTY_DIR, status: { phase: "Succeeded" } }),
    ],
    ["of a DaemonSet that has failed", pod(owned("DaemonSet"), { status: { phase: "Failed" } })],
  ])("%s has to go", (_what, object) => {
    expect(judgePod(object, CAREFUL)).toEqual({ outcome: "target" });
  });

  it.each<readonly [string, Json]>([
    ["of a DaemonSet", pod(owned("DaemonSet"))],
    ["that is static", pod({ annotations: { "kubernetes.io/config.mirror": "a" } })],
    [
      "that is being deleted",
      pod({ ...owned("ReplicaSet"), deletionTimestamp: "2026-03-01T10:00:00Z" }),
    ],
  ])("%s stays, even by force", (_what, object) => {
    expect(judgePod(object, RECKLESS)).toEqual({ outcome: "none" });
  });

  it.each<readonly [string, string, Json]>([
    ["UnmanagedPod", "force", pod({})],
    ["UnmanagedPod", "force", pod({ ownerReferences: [{ kind: "ReplicaSet", name: "web" }] })],
    ["LocalStorage", "deleteEmptyDirData", pod(owned("ReplicaSet"), EMPTY_DIR)],
  ])("%s: is refused, unless the rule says %s", (code, key, object) => {
    expect(judgePod(object, CAREFUL)).toMatchObject({
      outcome: "refused",
      code,
      message: expect.stringContaining(`${key}: true`),
    });
    expect(judgePod(object, { ...CAREFUL, [key]: true })).toEqual({ outcome: "target" });
  });
});
