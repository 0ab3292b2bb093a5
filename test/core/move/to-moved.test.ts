import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { MovedObject, StoredPause } from "../../../events/moves/move-steps.ts";
import {
  isPaused,
  isResumed,
  storePauseValue,
  toPausePatch,
  toResumePatch,
} from "../../../core/move/pause-value.ts";
import { isFinalizerRemoved } from "../../../core/move/finalizers.ts";
import { isMovedHere, toMoved } from "../../../core/move/to-moved.ts";

const OBJECT: MovedObject = {
  group: "cluster.x-k8s.io",
  version: "v1",
  resource: "machines",
  kind: "Machine",
  namespace: "shop",
  name: "a",
  uid: "uid-a",
  level: 1,
  owners: ["uid-owner"],
  state: "Planned",
};
const owner = (uid: string) => ({
  apiVersion: "v1",
  kind: "Owner",
  name: uid,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
const SOURCE: KubernetesObject = {
  apiVersion: "cluster.x-k8s.io/v1",
  kind: "Machine",
  metadata: {
    name: "a",
    namespace: "shop",
    uid: "uid-a",
    resourceVersion: "7",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "web" },
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "kubemend.dev/moved-by": "an earlier one",
      mine: "yes",
    },
    finalizers: ["a/b", "orphan"],
    ownerReferences: [owner("uid-owner"), owner("uid-outside")],
  },
  spec: { paused: true },
  status: { ready: true },
};
const context = {
  object: OBJECT,
  moveUid: "uid-move",
  clusterUid: "uid-cluster",
  targetUids: new Map([["uid-owner", "uid-there"]]),
};

describe("an object that moves", () => {
  it("keeps the finalizers that its copy has once its source is being deleted", () => {
    const finalizersOf = (copy?: KubernetesObject) => {
      const deletionTimestamp = "2026-01-02T00:00:00Z";
      const metadata = { ...SOURCE.metadata, deletionTimestamp, finalizers: ["a/b"] };
      const object = { ...OBJECT, finalizers: ["a/b", "taken/off"] };
      return toMoved({ ...SOURCE, metadata }, { ...context, object, copy }).metadata.finalizers;
    };
    const copy = {
      ...SOURCE,
      metadata: { ...SOURCE.metadata, finalizers: ["a/b", "added/since"] },
    };
    expect(finalizersOf(copy)).toEqual(["a/b", "added/since"]);
    expect(finalizersOf()).toEqual(["a/b", "taken/off"]);
  });

  it("keeps its finalizers and gets the uids that its owners have in the target", () => {
    expect(toMoved(SOURCE, context)).toEqual({
      apiVersion: "cluster.x-k8s.io/v1",
      kind: "Machine",
      metadata: {
        name: "a",
        namespace: "shop",
        labels: { app: "web" },
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
          mine: "yes",
          "kubemend.dev/moved-by": "uid-move",
          "kubemend.dev/moved-from": "uid-cluster",
          "kubemend.dev/moved-uid": "uid-a",
        },
        finalizers: ["a/b"],
        ownerReferences: [{ ...owner("uid-owner"), uid: "uid-there" }],
      },
      spec: { paused: true },
    });
  });

  it("names an owner in the version, and by the kind and the name, in which that has moved", () => {
    const findOwner = () => ({ ...OBJECT, kind: "Owner", group: "x.io", version: "v1", name: "o" });
    const [reference] = toMoved(SOURCE, { ...context, findOwner }).metadata.ownerReferences ?? [];
    expect(reference).toMatchObject({ apiVersion: "x.io/v1", kind: "Owner", name: "o" });
  });

  it("has each owner and each finalizer once, which server-side apply takes no other way", () => {
    const { controller: _controller, ...old } = owner("uid-owner");
    const ownerReferences = [{ ...old, apiVersion: "v1alpha3" }, owner("uid-owner")];
    const metadata = { ...SOURCE.metadata, ownerReferences, finalizers: ["a/b", "a/b"] };
    expect(toMoved({ ...SOURCE, metadata }, context).metadata).toMatchObject({
      finalizers: ["a/b"],
      ownerReferences: [{ uid: "uid-there", controller: true, blockOwnerDeletion: true }],
    });
  });

  it("keeps what its owner has decided about it, without what Kubemend has written about its source", () => {
    const marks = { "kubemend.dev/remediate": "false", "kubemend.dev/team": "x" };
    const written = { "kubemend.dev/source-uid": "u", "kubemend.dev/changed-by": "a rule" };
    const metadata = {
      ...SOURCE.metadata,
      labels: { ...marks, "kubemend.dev/mirrored-by": "a rule" },
      annotations: { ...marks, ...written },
    };
    const copy = toMoved({ ...SOURCE, metadata }, context).metadata;
    expect(copy.labels).toEqual(marks);
    expect(Object.keys(copy.annotations ?? {}).toSorted()).toEqual([
      "kubemend.dev/moved-by",
      "kubemend.dev/moved-from",
      "kubemend.dev/moved-uid",
      "kubemend.dev/remediate",
      "kubemend.dev/team",
    ]);
  });

  it("is without an owner that is in neither cluster, and names the source's as long as nothing was created", () => {
    const lost = toMoved(SOURCE, { ...context, targetUids: new Map() });
    expect(lost.metadata).not.toHaveProperty("ownerReferences");
    const tried = toMoved(SOURCE, { ...context, targetUids: undefined });
    expect(tried.metadata).toMatchObject({ ownerReferences: [{ uid: "uid-owner" }] });
  });

  it("is known in the target by the Move and the uid of its source", () => {
    const moved = { metadata: { ...toMoved(SOURCE, context).metadata, uid: "u" } };
    expect(isMovedHere(moved, { moveUid: "uid-move", object: OBJECT })).toBe(true);
    const other = { ...OBJECT, uid: "uid-b" };
    expect(isMovedHere(moved, { moveUid: "uid-move", object: other })).toBe(false);
    expect(isMovedHere(SOURCE, { moveUid: "uid-move", object: OBJECT })).toBe(false);
  });

  it("is known by its own mark, which another object does not have", () => {
    const marked = { ...OBJECT, mark: "a" };
    const { metadata } = toMoved(SOURCE, { ...context, object: marked });
    const isKnown = (mark: string) =>
      isMovedHere({ metadata }, { moveUid: "uid-move", object: { ...OBJECT, mark } });
    expect([isKnown("a"), isKnown("b")]).toEqual([true, false]);
  });

  it("loses only the finalizers that are named", () => {
    expect(isFinalizerRemoved("a/b", {})).toBe(false);
    expect(isFinalizerRemoved("a/b", { removeFinalizers: ["a/b"] })).toBe(true);
    expect(isFinalizerRemoved("a/c", { removeFinalizers: ["a/b"] })).toBe(false);
    expect(isFinalizerRemoved("a/c", { removeFinalizers: ["*"] })).toBe(true);
  });
});

describe("a pause", () => {
  const merge = (target: unknown, patch: unknown): unknown => {
    if (typeof patch !== "object" || patch === null) return patch;
    const merged: Record<string, unknown> = { ...(target as object | undefined) };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) Reflect.deleteProperty(merged, key);
      else merged[key] = merge(merged[key], value);
    }
    return merged;
  };

  it("gives back exactly what stood there before, or nothing if there was nothing", () => {
    const field = fc.record({
      pause: fc.constant<StoredPause>({ field: "spec.paused" }),
      object: fc.constantFrom(
        {},
        { spec: {} },
        { spec: { paused: true } },
        { spec: { paused: false, a: 1 } },
      ),
    });
    const annotation = fc.record({
      pause: fc.constant<StoredPause>({ annotation: "x/paused" }),
      object: fc.oneof(
        fc.constant({ metadata: { annotations: {} } }),
        fc.string().map((text) => ({ metadata: { annotations: { "x/paused": text } } })),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(field, annotation), ({ pause, object }) => {
        const stored = storePauseValue(object, pause);
        const paused = isPaused(object, pause) ? object : merge(object, toPausePatch(pause));
        expect(isPaused(paused, stored)).toBe(true);
        const resumed = merge(paused, toResumePatch(stored, paused));
        expect(isResumed(resumed, stored)).toBe(true);
        expect(resumed).toEqual(object);
      }),
    );
  });

  it.each(["false", "", "False"])(
    "writes over an annotation that is %j, which may mean that nothing is paused",
    (before) => {
      const pause = { annotation: "crossplane.io/paused" };
      const object = { metadata: { annotations: { "crossplane.io/paused": before } } };
      expect(isPaused(object, pause)).toBe(false);
      const stored = storePauseValue(object, pause);
      expect(toResumePatch(stored, object)).toEqual(object);
    },
  );

  it("takes the fields along that came with it, but not what somebody has written beside it", () => {
    const pause: StoredPause = { field: "spec.run.suspended" };
    const stored = storePauseValue({}, pause);
    const paused = { spec: { run: { suspended: true } } };
    expect(toResumePatch(stored, paused)).toEqual({ spec: null });
    const written = { spec: { run: { suspended: true }, size: 2 } };
    expect(toResumePatch(stored, written)).toEqual({ spec: { run: null } });
    const beside = { spec: { run: { suspended: true, at: 1 } } };
    expect(toResumePatch(stored, beside)).toEqual({ spec: { run: { suspended: null } } });
    const partly = storePauseValue({ spec: {} }, pause);
    expect(toResumePatch(partly, paused)).toEqual({ spec: { run: null } });
  });
});
