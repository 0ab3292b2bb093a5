import { expect, it } from "vitest";
import { toChangeMessage, type ObservedChange } from "../../../core/changes/to-change-message.ts";
import { parseChangeMessage } from "../../../events/change.ts";
import { sha256 } from "../../../events/ids.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";

const observed: ObservedChange = {
  change: "modified",
  object: configMap("a", "5"),
  resourceVersion: "5",
  epoch: 7,
  time: "2026-01-01T00:00:00.000Z",
};

it("is a message of the contract", () => {
  const { message } = toChangeMessage(ORIGIN, { ...observed, gap: true, initial: ["a-rule"] });
  expect(parseChangeMessage(JSON.stringify(message))).toEqual({
    outcome: "parsed",
    value: message,
  });
  expect(message.type).toBe("dev.kubemend.object.modified");
  expect(message.source).toBe("/clusters/cluster-uid/watches/configmaps-0123456789ab");
  expect(message.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(message.data).toMatchObject({ gap: true, initial: ["a-rule"], epoch: 7 });
});

it("has only the fields that apply", () => {
  const optional = [
    "initial",
    "gap",
    "unsent",
    "namespaceLabels",
    "writer",
    "redacted",
    "truncated",
    "reason",
    "payload",
  ];
  const { data } = toChangeMessage(ORIGIN, { ...observed, gap: false }).message;
  expect(optional.filter((field) => field in data)).toEqual([]);
});

it("carries labels of the namespace, the writer, the projection and what was redacted", () => {
  const object = configMap("a", "5", { data: { k: "v" } });
  const managedFields = [{ manager: "kubectl", time: "2026-01-01T00:00:00Z" }];
  const change = {
    ...observed,
    object: { ...object, metadata: { ...object.metadata, managedFields } },
    namespaceLabels: { team: "data" },
  };
  const origin = { ...ORIGIN, redact: [["data", "k"]], payload: "metadata" } as const;
  expect(toChangeMessage(origin, change).message.data).toMatchObject({
    namespaceLabels: { team: "data" },
    writer: "kubectl",
    redacted: ["data.k"],
    payload: "metadata",
    object: { data: {} },
  });
});

it("says that the deletion replaced an unsent state, and why the object was left out", () => {
  const { data } = toChangeMessage(ORIGIN, {
    ...observed,
    unsent: true,
    truncated: "deep",
  }).message;
  expect(data).toMatchObject({ unsent: true, truncated: true, reason: "deep" });
});

it("gives a state another id if only the labels of its namespace changed", () => {
  const namespace = { uid: "ns-uid", resourceVersion: "8" };
  const { message } = toChangeMessage(ORIGIN, { ...observed, namespace });
  expect(message.id).toBe(sha256("cluster-uid", "uid-a", "5", "ns-uid", "8"));
});

it("gives one state one id, whatever the kind of change and the epoch", () => {
  const ids = [
    observed,
    { ...observed, change: "added" } as const,
    { ...observed, epoch: 8, gap: true },
  ].map((change) => toChangeMessage(ORIGIN, change).message.id);
  expect(new Set(ids)).toEqual(new Set([sha256("cluster-uid", "uid-a", "5")]));
});

it("gives a deletion an id of its own, the same from the stream and from comparing", () => {
  const seen = toChangeMessage(ORIGIN, { ...observed, change: "deleted", resourceVersion: "9" });
  const compared = toChangeMessage(ORIGIN, { ...observed, change: "deleted" });
  expect(seen.message.id).toBe(sha256("cluster-uid", "uid-a", "deleted"));
  expect(compared.message.id).toBe(seen.message.id);
});

it("is not deduplicated by the queue after a change of epoch, or for another watch", () => {
  const one = toChangeMessage(ORIGIN, observed);
  const again = toChangeMessage(ORIGIN, observed);
  const epoch = toChangeMessage(ORIGIN, { ...observed, epoch: 8 });
  const watch = toChangeMessage({ ...ORIGIN, watch: "other" }, observed);
  expect(again.deduplicationId).toBe(one.deduplicationId);
  expect(new Set([one, epoch, watch].map((m) => m.deduplicationId)).size).toBe(3);
});

it("keeps a deletion and a re-creation under one name in one group, of all watches of the resource", () => {
  const one = toChangeMessage(ORIGIN, observed);
  const recreated = toChangeMessage(
    { ...ORIGIN, watch: "other" },
    { ...observed, object: configMap("a", "9", { uid: "another" }) },
  );
  const neighbour = toChangeMessage(ORIGIN, { ...observed, object: configMap("b", "5") });
  expect(recreated.groupId).toBe(one.groupId);
  expect(one.groupId).toBe(sha256("cluster-uid", "configmaps", "default", "a"));
  expect(neighbour.groupId).not.toBe(one.groupId);
});

it("names the object by its API path", () => {
  const resource = {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    resource: "clusterroles",
    kind: "ClusterRole",
    namespaced: false,
  };
  const object = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "system:x", uid: "u" },
  };
  expect(toChangeMessage(ORIGIN, observed).message.subject).toBe(
    "/api/v1/namespaces/default/configmaps/a",
  );
  expect(toChangeMessage({ ...ORIGIN, resource }, { ...observed, object }).message.subject).toBe(
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax",
  );
});
