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

  it("leaves out what was sent beyond the checkpoints first", () => {
    const sent = Array.from({ length: 40 }, (_, index) => ({
      namespace: "default",
      name: `a-name-of-some-length-${index}`,
      uid: `0123456789abcdef-${index}`,
      resourceVersion: "123457",
    }));
    const keys = Array.from({ length: 100 }, (_, index) => `configmaps-${index}`);
    const checkpoints = new Map(keys.map((key) => [key, { ...checkpoint, sent }]));
    const { annotations, isComplete } = toAnnotations({ epoch: 1, checkpoints });
    expect(isComplete).toBe(true);
    expect(readHandoverState(annotations).checkpoints.get("configmaps-7")).toEqual({
      ...checkpoint,
      sent: [],
    });
  });

  it("is left out checkpoint by checkpoint if one cannot be read", () => {
    const annotations = {
      "kubemend.dev/epoch": "12",
      "kubemend.dev/checkpoints": JSON.stringify({
        good: { rv: "5", of: "s" },
        negative: { rv: "5", of: "s", history: -1 },
        namespaces: { rv: "5", of: "s", namespaces: "5; 6" },
        text: "5",
      }),
    };
    const { epoch, checkpoints } = readHandoverState(annotations);
    expect(epoch).toBe(12);
    expect([...checkpoints.keys()]).toEqual(["good"]);
  });

  it.each(["", "-1", "1.5", "0x10", "1e3", "1234567890123456", "12 "])(
    "has no epoch if that is %j",
    (epoch) => {
      expect(readHandoverState({ "kubemend.dev/epoch": epoch }).epoch).toBe(0);
    },
  );
});
