import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOVE_STEPS_MAX_BYTES, type MovedObject } from "../../../events/moves/move-steps.ts";
import { toChunks } from "../../../core/move/to-chunks.ts";
import { isRemade } from "../../../core/move/remade.ts";
import { findPauseFault } from "../../../core/move/plan/pause-fault.ts";
import { findPause } from "../../../core/move/pauses.ts";

const toMoved = (name: string, owners: number): MovedObject => ({
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespace: "shop",
  name,
  uid: `uid-of-${name}`,
  level: 0,
  owners: Array.from({ length: owners }, (_, at) => `owner-${at}`),
  pause: { field: "spec.paused" },
  state: "Planned",
});

describe("the parts of a move", () => {
  it("hold all objects in their order, each below the largest size, with what is stored later", () => {
    const sizes = fc.array(fc.nat({ max: 400 }), { maxLength: 300 });
    fc.assert(
      fc.property(sizes, (owners) => {
        const objects = owners.map((count, at) => toMoved(`o${at}`, count));
        const chunks = toChunks(objects);
        expect(chunks.flat()).toEqual(objects);
        for (const chunk of chunks) {
          const later = chunk.map((object) => ({
            ...object,
            state: "Created",
            targetUid: "0d1b4a5e-9a8f-4f0e-8c8e-3b1a2c3d4e5f",
            pause: { ...object.pause, before: "false" },
          }));
          expect(JSON.stringify(later).length).toBeLessThan(MOVE_STEPS_MAX_BYTES);
        }
      }),
    );
  });

  it("are as few as fit", () => {
    const objects = Array.from({ length: 500 }, (_, at) => toMoved(`machine-${at}`, 1));
    expect(toChunks(objects).length).toBeLessThanOrEqual(3);
  });
});

describe("how objects are paused", () => {
  it("is what the Move names, before what is known", () => {
    const named = [{ resource: "cronjobs.batch", annotation: "example.com/stop" }];
    expect(findPause("cronjobs.batch", undefined)).toEqual({ field: "spec.suspend" });
    expect(findPause("cronjobs.batch", named)).toEqual({ annotation: "example.com/stop" });
    expect(findPause("configmaps", named)).toBeUndefined();
  });

  it("cannot be written where something else is", () => {
    const field = "spec.paused";
    expect(findPauseFault({}, { field })).toBeUndefined();
    expect(findPauseFault({ spec: { paused: true } }, { field })).toBeUndefined();
    expect(findPauseFault({ spec: { paused: 3 } }, { field })).toContain("no boolean");
    expect(findPauseFault({ spec: "text" }, { field })).toContain("spec is no object");
    expect(findPauseFault({}, { field: "spec.list[0].paused" })).toContain("list");
    const metadata = { annotations: { "a/b": "x".repeat(2_000) } };
    expect(findPauseFault({ metadata }, { annotation: "a/b" })).toContain("cannot be kept");
  });

  it("knows what controllers make again, and no more", () => {
    expect(isRemade({ owner: "deployments.apps", resource: "replicasets.apps" })).toBe(true);
    expect(isRemade({ owner: "deployments.apps", resource: "pods" })).toBe(false);
    expect(isRemade({ owner: "constructor", resource: "pods" })).toBe(false);
    expect(isRemade({ owner: "x", resource: "pods" }, ["pods"])).toBe(true);
  });
});
