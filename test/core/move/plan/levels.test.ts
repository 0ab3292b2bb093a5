import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toLevels, type Owned } from "../../../../core/move/plan/levels.ts";

/** Objects whose owners come before them in the list, in any order. */
const acyclic: fc.Arbitrary<readonly Owned[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 40 })
  .chain((picks) => {
    const objects = picks.map((owners, at) => ({
      uid: `u${at}`,
      owners: at === 0 ? [] : owners.map((pick) => `u${pick % at}`),
    }));
    return fc.shuffledSubarray(objects, { minLength: objects.length });
  });

const anything: fc.Arbitrary<readonly Owned[]> = fc
  .array(fc.array(fc.nat({ max: 14 }), { maxLength: 3 }), { maxLength: 12 })
  .map((picks) =>
    picks.map((owners, at) => ({ uid: `u${at}`, owners: owners.map((pick) => `u${pick}`) })),
  );

describe("the levels of a move", () => {
  it("has each object above all of its owners, and on no higher level than needed", () => {
    fc.assert(
      fc.property(acyclic, (objects) => {
        const { levels, cycles } = toLevels(objects);
        expect(cycles).toEqual([]);
        for (const { uid, owners } of objects) {
          const highest = Math.max(-1, ...owners.map((owner) => levels.get(owner) ?? 99));
          expect(levels.get(uid)).toBe(highest + 1);
        }
      }),
    );
  });

  it("names circles of owners, and gives a level to everything that is not behind one", () => {
    fc.assert(
      fc.property(anything, (objects) => {
        const { levels, cycles } = toLevels(objects);
        const owners = new Map(objects.map((object) => [object.uid, object.owners]));
        for (const cycle of cycles) {
          cycle.forEach((uid, at) => {
            const next = cycle[(at + 1) % cycle.length] ?? "";
            expect(owners.get(next)).toContain(uid);
          });
        }
        // An object without a level is in a circle, or has an owner without a level.
        const inCircle = new Set(cycles.flat());
        const known = new Set(objects.map(({ uid }) => uid));
        for (const { uid, owners: own } of objects.filter((one) => !levels.has(one.uid))) {
          const isBehind = own.some((owner) => known.has(owner) && !levels.has(owner));
          expect(inCircle.has(uid) || isBehind).toBe(true);
        }
        expect(levels.size < objects.length).toBe(cycles.length > 0);
      }),
    );
  });

  it("takes owners outside the set for none", () => {
    expect([...toLevels([{ uid: "a", owners: ["elsewhere"] }]).levels]).toEqual([["a", 0]]);
  });

  it("finds an object that owns itself, and a circle of three in the order of owning", () => {
    expect(toLevels([{ uid: "a", owners: ["a"] }]).cycles).toEqual([["a"]]);
    const { cycles } = toLevels([
      { uid: "a", owners: ["c"] },
      { uid: "b", owners: ["a"] },
      { uid: "c", owners: ["b"] },
    ]);
    // a owns b, b owns c, c owns a; a circle has no beginning.
    expect(cycles).toHaveLength(1);
    expect([...(cycles[0] ?? []), ...(cycles[0] ?? [])].join("")).toContain("abc");
  });
});
