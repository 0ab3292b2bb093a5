import { describe, expect, it } from "vitest";
import type { Side } from "../../../cli/clusters/connect-side.ts";
import { watchOrigins } from "../../../cli/diff/check-origins.ts";
import { toProvenanceMarks } from "../../../core/mirror/provenance.ts";
import { toManagedFields } from "../../support/mirror/applied.ts";
import { createScriptedClient } from "../../support/kubernetes/scripted-client.ts";

const LIST = { method: "GET", path: "/api/v1/configmaps" } as const;

/** A copy of an object of the cluster with this uid. */
function toCopyOf(clusterUid: string, written: object = {}, rule = "mirror-shop") {
  const place = { namespace: "shop", name: "a" };
  const marks = { clusterUid, objectUid: "u", resourceVersion: "1", place, rule, digest: "d" };
  const metadata = { ...place, ...toProvenanceMarks(marks) };
  return { metadata: { ...metadata, managedFields: toManagedFields({ metadata }), ...written } };
}

function toSide(name: string, uid: string, items: readonly object[]): Side {
  const { client } = createScriptedClient(() => ({ body: { metadata: {}, items } }));
  return { name, uid, client, discovery: {} as never, [Symbol.asyncDispose]: async () => {} };
}

/** Reads both sides as a diff does, and ends without a difference. */
async function read(input: {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly source?: string;
}): Promise<void> {
  const access = { type: "secret", id: "s" } as const;
  const pipeline = {
    clusters: [
      { name: "backup", access },
      { name: "eu", uid: "uid-eu", access },
    ],
    rules: [{ id: "mirror-shop" }] as never,
  };
  const { source, target, checkEqual } = watchOrigins(pipeline, {
    source: toSide("from", input.source ?? "uid-from", input.from ?? []),
    target: toSide("to", "uid-to", input.to ?? []),
  });
  await source.client.request(LIST);
  await target.client.request(LIST);
  checkEqual();
}

describe("a diff is refused", () => {
  it.each([
    ["if its contexts are swapped", { from: [toCopyOf("uid-to")] }, "the contexts are swapped"],
    [
      "if its objects' cluster has copies of a cluster that the pipeline does not know",
      { from: [toCopyOf("uid-prod")] },
      "copies that Kubemend has made of objects of the cluster uid-prod",
    ],
    [
      "if nothing differs, and the copies are those of another cluster",
      { to: [toCopyOf("uid-prod")] },
      "the copies in to are those of the cluster uid-prod, and from is uid-from",
    ],
  ])("%s", async (_what, input, message) => {
    await expect(read(input)).rejects.toThrow(message);
  });
});

describe("a diff is not refused", () => {
  it.each([
    ["for copies of its objects", { to: [toCopyOf("uid-from"), toCopyOf("uid-prod")] }],
    ["for copies of a source of the pipeline", { from: [toCopyOf("uid-eu")] }],
    [
      "between a source and the pipeline's own cluster",
      { source: "uid-eu", from: [toCopyOf("x")] },
    ],
    ["for an object restored from its own copy", { from: [toCopyOf("uid-from")] }],
    ["for copies of another pipeline", { from: [toCopyOf("uid-x", {}, "other")] }],
    [
      "for what somebody has made from a copy",
      { from: [toCopyOf("uid-x", { managedFields: [] })] },
    ],
  ])("%s", async (_what, input) => {
    await expect(read(input)).resolves.toBeUndefined();
  });
});
