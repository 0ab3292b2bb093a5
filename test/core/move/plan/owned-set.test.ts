import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOwnedSet, type OwnedSet } from "../../../../core/move/plan/owned-set.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { toObject, toUid } from "./set-objects.ts";

const find = (
  objects: readonly SetObject[],
  {
    selected = [],
    withOwned = [],
    remade,
  }: {
    readonly selected?: readonly string[];
    readonly withOwned?: readonly string[];
    readonly remade?: readonly string[];
  },
): OwnedSet =>
  findOwnedSet({
    objects,
    selected: new Set([...selected, ...withOwned].map(toUid)),
    withOwned: new Set(withOwned.map(toUid)),
    remade,
  });
const names = (objects: readonly SetObject[]): readonly string[] =>
  objects.map(({ name }) => name).toSorted();

describe("the set of a move", () => {
  const tree = [
    toObject("clusters.example.com", "cluster"),
    toObject("machines.example.com", "machine", { owners: ["cluster"] }),
    toObject("secrets", "token", { owners: ["machine"] }),
    toObject("secrets", "other", { owners: ["elsewhere"] }),
  ];

  it("is a selected object with all that it owns, directly or not", () => {
    expect(names(find(tree, { withOwned: ["cluster"] }).members)).toEqual([
      "cluster",
      "machine",
      "token",
    ]);
  });

  it("is the selected objects alone if nothing was said of what they own, which is named then", () => {
    const { members, left } = find(tree, { selected: ["cluster", "token"] });
    expect(names(members)).toEqual(["cluster", "token"]);
    expect(left.map(({ object, owner }) => [owner.name, object.name])).toEqual([
      ["cluster", "machine"],
    ]);
  });

  it("ends with circles of owners", () => {
    const circle = [
      toObject("configmaps", "a", { owners: ["b"] }),
      toObject("configmaps", "b", { owners: ["a"] }),
    ];
    expect(names(find(circle, { withOwned: ["a"] }).members)).toEqual(["a", "b"]);
  });

  const deployment = [
    toObject("deployments.apps", "web"),
    toObject("replicasets.apps", "web-1", { owners: ["web"] }),
    toObject("pods", "web-1-a", { owners: ["web-1"] }),
    toObject("configmaps", "web-settings", { owners: ["web"] }),
  ];

  it("leaves out what a controller makes again for its owner", () => {
    const { members, remade, left, lost } = find(deployment, { withOwned: ["web"] });
    expect(names(members)).toEqual(["web", "web-settings"]);
    expect(names(remade)).toEqual(["web-1", "web-1-a"]);
    expect([left, lost]).toEqual([[], []]);
  });

  it("leaves out the Pods of any controller, and has those that are only owned", () => {
    const toOwner = (controller: boolean) => [
      { apiVersion: "x/v1", kind: "PodSet", name: "set", uid: toUid("set"), controller },
    ];
    const objects = [
      toObject("podsets.example.com", "set"),
      { ...toObject("pods", "made"), owners: toOwner(true) },
      { ...toObject("pods", "owned"), owners: toOwner(false) },
    ];
    const { members, remade } = find(objects, { withOwned: ["set"] });
    expect([names(members), names(remade)]).toEqual([["owned", "set"], ["made"]]);
  });

  it("has what a controller makes again if it was selected itself", () => {
    const { members, remade } = find(deployment, { withOwned: ["web"], selected: ["web-1"] });
    expect(names(members)).toEqual(["web", "web-1", "web-settings"]);
    expect(names(remade)).toEqual(["web-1-a"]);
  });

  it("names what would be deleted with an object that is made again, and is not made again itself", () => {
    const marked = [...deployment, toObject("configmaps", "note", { owners: ["web-1-a"] })];
    expect(find(marked, { withOwned: ["web"] }).lost).toMatchObject([
      { owner: { name: "web-1-a" }, object: { name: "note" } },
    ]);
    const allowed = find(marked, { withOwned: ["web"], remade: ["configmaps"] });
    expect(allowed.lost).toEqual([]);
    expect(names(allowed.remade)).toEqual(["note", "web-1", "web-1-a", "web-settings"]);
  });

  it("accounts for every object that an object of the set owns: it moves, is made again, or is named", () => {
    const resources = ["deployments.apps", "replicasets.apps", "pods", "configmaps"];
    const world = fc.array(
      fc.record({
        resource: fc.constantFrom(...resources),
        owners: fc.array(fc.nat({ max: 11 }), { maxLength: 2 }),
        isSelected: fc.boolean(),
        isWithOwned: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(world, (items) => {
        const objects = items.map(({ resource, owners }, at) =>
          toObject(resource, `o${at}`, { owners: owners.map((owner) => `o${owner}`) }),
        );
        const pick = (is: (item: (typeof items)[number]) => boolean) =>
          items.flatMap((item, at) => (is(item) ? [`o${at}`] : []));
        const set = find(objects, {
          selected: pick(({ isSelected }) => isSelected),
          withOwned: pick(({ isWithOwned }) => isWithOwned),
        });
        const members = new Set(set.members.map(({ uid }) => uid));
        const accounted = new Set(
          [set.remade, set.left.map(({ object }) => object), set.lost.map(({ object }) => object)]
            .flat()
            .map(({ uid }) => uid),
        );
        const going = new Set([...members, ...set.remade.map(({ uid }) => uid)]);
        for (const { uid, owners } of objects) {
          if (!owners.some((owner) => going.has(owner.uid))) continue;
          expect(members.has(uid) || accounted.has(uid)).toBe(true);
        }
      }),
    );
  });
});
