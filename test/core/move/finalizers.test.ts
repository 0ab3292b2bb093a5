import { describe, expect, it } from "vitest";
import { isFinalizerRemoved } from "../../../core/move/finalizers.ts";

describe("a finalizer of a source", () => {
  it("is taken off if it was named, or any was", () => {
    expect(isFinalizerRemoved("a/b", { removeFinalizers: ["a/b"] })).toBe(true);
    expect(isFinalizerRemoved("a/b", { removeFinalizers: ["*"] })).toBe(true);
    expect(isFinalizerRemoved("a/b", { removeFinalizers: ["c/d"] })).toBe(false);
    expect(isFinalizerRemoved("a/b", {})).toBe(false);
  });

  // The deletion of an owner whose objects stay sets it; without it these would be deleted with their owner.
  it.each(["orphan", "foregroundDeletion"])(
    "is left to the garbage collector if it is %s, whatever was named",
    (finalizer) => {
      expect(isFinalizerRemoved(finalizer, { removeFinalizers: ["*", finalizer] })).toBe(false);
    },
  );
});
