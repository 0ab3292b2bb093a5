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

describe("an object that exists", () => {
  it("is added if it is unknown, modified if its version is newer", () => {
    expect(derivePresent(undefined, seen("5"))).toBe("added");
    expect(derivePresent(known("5"), seen("6"))).toBe("modified");
  });

  it("is unchanged in the delivered state, and replayed in an older one", () => {
    expect(derivePresent(known("5"), seen("5"))).toBe("unchanged");
    expect(derivePresent(known("10"), seen("9"))).toBe("replayed");
  });

  it("is not added again by a replay from before its deletion", () => {
    expect(derivePresent(known("10", "tombstone"), seen("9"))).toBe("replayed");
    expect(derivePresent(known("10", "tombstone"), seen("10"))).toBe("replayed");
  });

  it("is added again with the same version if its namespace may be selected again", () => {
    const options = { mayReturn: true };
    expect(derivePresent(known("10", "tombstone"), seen("10"), options)).toBe("added");
    expect(derivePresent(known("10", "tombstone"), seen("9"), options)).toBe("replayed");
    expect(derivePresent(known("10"), seen("10"), options)).toBe("unchanged");
  });

  it("is added again if it returns after its deletion, for example because of a label", () => {
    expect(derivePresent(known("10", "tombstone"), seen("11"))).toBe("added");
  });

  it("is modified if versions cannot be ordered", () => {
    expect(derivePresent(known("abc"), seen("abd"))).toBe("modified");
  });

  it("is modified by a smaller version if versions are unordered, and unchanged by the same one", () => {
    const options = { unordered: true };
    expect(derivePresent(known("10"), seen("9"), options)).toBe("modified");
    expect(derivePresent(known("10"), seen("10"), options)).toBe("unchanged");
    expect(derivePresent(known("10", "tombstone"), seen("9"), options)).toBe("added");
    expect(deriveAbsent(known("10"), "9", options)).toBe("deleted");
  });

  it("is a change whatever its version after an etcd rollback", () => {
    expect(derivePresent(known("10"), seen("9"), { replace: true })).toBe("modified");
    expect(derivePresent(known("10"), seen("10"), { replace: true })).toBe("modified");
    expect(derivePresent(known("10", "tombstone"), seen("9"), { replace: true })).toBe("added");
    expect(derivePresent(undefined, seen("9"), { replace: true })).toBe("added");
  });

  it("is added again if its first message may not have arrived", () => {
    expect(derivePresent(known("5", "attempted"), seen("5"))).toBe("added");
    expect(derivePresent(known("5", "attempted"), seen("6"))).toBe("added");
  });

  it("is unchanged without a new generation if only the generation counts", () => {
    const options = { generationOnly: true };
    expect(derivePresent(known("5", "delivered", 1), seen("6", 1), options)).toBe("unchanged");
    expect(derivePresent(known("5", "delivered", 1), seen("6", 2), options)).toBe("modified");
    expect(derivePresent(undefined, seen("6", 1), options)).toBe("added");
  });
});

describe("an object that no longer exists", () => {
  it("is deleted if it was known", () => {
    expect(deriveAbsent(known("5"), "6")).toBe("deleted");
    expect(deriveAbsent(known("5"), undefined)).toBe("deleted");
  });

  it("is deleted if its first message may have arrived", () => {
    expect(deriveAbsent(known("5", "attempted"), "6")).toBe("deleted");
  });

  it("is unchanged if it was never delivered, or if its deletion was delivered", () => {
    expect(deriveAbsent(undefined, "6")).toBe("unchanged");
    expect(deriveAbsent(known("6", "tombstone"), "6")).toBe("unchanged");
  });

  it("is replayed if it has returned since", () => {
    expect(deriveAbsent(known("12"), "10")).toBe("replayed");
  });
});
