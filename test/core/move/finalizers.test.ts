import { expect, it } from "vitest";
import { isFinalizerRemoved } from "../../../core/move/finalizers.ts";

it.each(["orphan", "foregroundDeletion"])(
  "never takes %s off, by which the garbage collector knows what is to become of the dependents",
  (finalizer) => {
    const named = isFinalizerRemoved(finalizer, { removeFinalizers: [finalizer] });
    expect([named, isFinalizerRemoved(finalizer, { removeFinalizers: ["*"] })]).toEqual([
      false,
      false,
    ]);
    expect(isFinalizerRemoved("x.io/hold", { removeFinalizers: ["*"] })).toBe(true);
  },
);
