import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readHandoverState,
  toAnnotations,
  type LeaseCheckpoint,
} from "../../../relay/handover/annotations.ts";

const checkpoint: LeaseCheckpoint = {
  resourceVersion: "123456",
  selection: "0123456789ab",
  initial: ["0123456789ab"],
  history: 3,
  namespaces: "99",
  sent: [{ namespace: "n", name: "a", uid: "u", resourceVersion: "123457" }],
};

describe("what a leader publishes in the Lease", () => {
  it("is read as it was written", () => {
    const bare = { ...checkpoint, initial: [], history: 0, namespaces: "", sent: [] };
    const notes = {
      epoch: 7,
      checkpoints: new Map([
        ["a", checkpoint],
        ["b", bare],
      ]),
    };
    expect(readHandoverState(toAnnotations(notes).annotations)).toEqual(notes);
  });

  it("is no epoch and no checkpoint if it cannot be read, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (checkpoints, epoch) => {
        const notes = readHandoverState({
          "kubemend.dev/checkpoints": checkpoints,
          "kubemend.dev/epoch": epoch,
        });
        expect(notes.epoch).toBeGreaterThanOrEqual(0);
        expect(notes.checkpoints).toBeInstanceOf(Map);
      }),
    );
  });

  it("has room for the checkpoints of 1,500 watches; if there are more, it contains none rather than some", () => {
    const of = (count: number) =>
      toAnnotations({
        epoch: 1,
        checkpoints: new Map(
          Array.from({ length: count }, (_, index) => [
            `configmaps-${index}-0123456789`,
            checkpoint,
          ]),
        ),
      });
    expect(of(1_500).isComplete).toBe(true);
    const tooMany = of(5_000);
    expect(tooMany.isComplete).toBe(false);
    expect(readHandoverState(tooMany.annotations)).toEqual({ epoch: 1, checkpoints: new Map() });
  });
});
