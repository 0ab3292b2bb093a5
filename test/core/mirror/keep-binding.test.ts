import { expect, it } from "vitest";
import { keepBinding } from "../../../core/mirror/keep-binding.ts";
import type { Manifest } from "../../../core/mirror/manifest.ts";

const WANTED: Manifest = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "pv-1" },
  spec: { nfs: {}, claimRef: { namespace: "shop", name: "data" } },
};

it("a volume that a claim of the target has stays with that claim", () => {
  const claimRef = { namespace: "billing", name: "other", uid: "u", resourceVersion: "7" };
  expect(keepBinding(WANTED, { spec: { claimRef } })["spec"]).toEqual({
    nfs: {},
    claimRef: { namespace: "billing", name: "other" },
  });
});

it.each([
  ["is reserved for another claim, which does not have it", { spec: { claimRef: { name: "x" } } }],
  ["is reserved for nobody", { spec: {} }],
  ["is unreadable", null],
])("a volume that %s is reserved as the source's is", (_what, live) => {
  expect(keepBinding(WANTED, live)).toBe(WANTED);
});

it("another object with such a field is as it was", () => {
  const manifest = { ...WANTED, apiVersion: "example.com/v1" };
  expect(keepBinding(manifest, { spec: { claimRef: { uid: "u" } } })).toBe(manifest);
});
