import { describe, expect, it } from "vitest";
import {
  deriveAbsent,
  derivePresent,
  type KnownState,
  type Standing,
} from "../../../core/changes/derive-change.ts";

const known = (
  resourceVersion: string,
  standing: Standing = "delivered",
  generation: number | null = null,
): KnownState => ({ resourceVersion, standing, generation });
const seen = (resourceVersion: string, generation: number | null = null) => ({
  resourceVersion,
  generation,
});

describe("an object that is there", () => {
  it("is added where nobody knows it, modified where its version is newer", () => {
    expect(derivePresent(undefined, seen("5"))).toBe("added");
    expect(derivePresent(known("5"), seen("6"))).toBe("modified");
  });

  it("is no news in the state that was delivered, nor in an older one", () => {
    expect(derivePresent(known("5"), seen("5"))).toBe("unchanged");
    expect(derivePresent(known("10"), seen("9"))).toBe("replayed");
  });

  it("is not brought back by a replay of the time before its deletion", () => {
    expect(derivePresent(known("10", "tombstone"), seen("9"))).toBe("replayed");
    expect(derivePresent(known("10", "tombstone"), seen("10"))).toBe("replayed");
  });

  it("is added again where it came back after its deletion, as a label does", () => {
    expect(derivePresent(known("10", "tombstone"), seen("11"))).toBe("added");
  });

  it("is modified where versions have no order", () => {
    expect(derivePresent(known("abc"), seen("abd"))).toBe("modified");
  });

  it("is modified by a smaller version where versions do not count, and unchanged by the same", () => {
    const options = { unordered: true };
    expect(derivePresent(known("10"), seen("9"), options)).toBe("modified");
    expect(derivePresent(known("10"), seen("10"), options)).toBe("unchanged");
    expect(derivePresent(known("10", "tombstone"), seen("9"), options)).toBe("added");
    expect(deriveAbsent(known("10"), "9", options)).toBe("deleted");
  });

  it("is news whatever its version where the history went back", () => {
    expect(derivePresent(known("10"), seen("9"), { replace: true })).toBe("modified");
    expect(derivePresent(known("10"), seen("10"), { replace: true })).toBe("modified");
    expect(derivePresent(known("10", "tombstone"), seen("9"), { replace: true })).toBe("added");
    expect(derivePresent(undefined, seen("9"), { replace: true })).toBe("added");
  });

  it("is added again where its first message may not have arrived", () => {
    expect(derivePresent(known("5", "attempted"), seen("5"))).toBe("added");
    expect(derivePresent(known("5", "attempted"), seen("6"))).toBe("added");
  });

  it("is no news without a new generation where only that counts", () => {
    const options = { generationOnly: true };
    expect(derivePresent(known("5", "delivered", 1), seen("6", 1), options)).toBe("unchanged");
    expect(derivePresent(known("5", "delivered", 1), seen("6", 2), options)).toBe("modified");
    expect(derivePresent(undefined, seen("6", 1), options)).toBe("added");
  });
});

describe("an object that is gone", () => {
  it("is deleted where it was known", () => {
    expect(deriveAbsent(known("5"), "6")).toBe("deleted");
    expect(deriveAbsent(known("5"), undefined)).toBe("deleted");
  });

  it("is deleted where its first message may have arrived", () => {
    expect(deriveAbsent(known("5", "attempted"), "6")).toBe("deleted");
  });

  it("is no news where it was never delivered, or its deletion was", () => {
    expect(deriveAbsent(undefined, "6")).toBe("unchanged");
    expect(deriveAbsent(known("6", "tombstone"), "6")).toBe("unchanged");
  });

  it("is no news where it has come back since", () => {
    expect(deriveAbsent(known("12"), "10")).toBe("replayed");
  });
});
