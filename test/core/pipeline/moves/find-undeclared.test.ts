import { describe, expect, it } from "vitest";
import {
  findAllowedFinalizers,
  findUndeclared,
} from "../../../../core/pipeline/moves/find-undeclared.ts";
import type { MoveGrant } from "../../../../core/pipeline/pipeline.ts";
import type { MoveSpec } from "../../../../events/moves/move.ts";

const GRANT: MoveGrant = {
  to: ["eu"],
  resources: ["tops.x.io", "secrets"],
  namespaces: ["shop"],
  pause: [{ resource: "tops.x.io", field: "spec.paused" }],
  removeFinalizers: ["x.io/hold"],
  remade: ["leafs.x.io"],
};
const TOP = { group: "x.io", resource: "tops", namespace: "shop" };

function ask(
  spec: Partial<MoveSpec> = {},
  objects = [TOP],
  { target = "eu", grants = [GRANT] }: { target?: string; grants?: readonly MoveGrant[] } = {},
): string | undefined {
  const select = [{ resource: "tops.x.io", namespace: "shop" }];
  const placed = grants.map((grant, at) => ({ ...grant, at }));
  return findUndeclared(placed, { target, spec: { select, ...spec }, objects });
}

describe("a Move is declared", () => {
  it("if one entry covers all that it asks for", () => {
    const pause = [{ resource: "tops.x.io", field: "spec.paused" }];
    const spec = { pause, removeFinalizers: ["x.io/hold"], remade: ["leafs.x.io"] };
    expect(ask(spec)).toBeUndefined();
  });

  it("with any finalizers, if the entry says so", () => {
    const grants = [{ ...GRANT, removeFinalizers: ["*"] }];
    expect(ask({ removeFinalizers: ["*"] }, [TOP], { grants })).toBeUndefined();
  });

  it("with owned objects that stay and owners that are left out, if the entry says so", () => {
    const asked = { leaveOwned: true, dropOwners: true };
    expect(ask(asked, [TOP], { grants: [{ ...GRANT, ...asked }] })).toBeUndefined();
  });

  it("in all namespaces, if the entry names none", () => {
    const { namespaces: _all, ...wide } = GRANT;
    const spec = { select: [{ resource: "tops.x.io" }] };
    expect(ask(spec, [TOP], { grants: [wide] })).toBeUndefined();
  });
});

describe("a Move is refused", () => {
  it.each<[string, Partial<MoveSpec>, RegExp]>([
    ["of all namespaces", { select: [{ resource: "tops.x.io" }] }, /namespaces do not include/],
    [
      "of another namespace",
      { select: [{ resource: "tops.x.io", namespace: "pay" }] },
      /do not include pay/,
    ],
    [
      "that pauses by another field",
      { pause: [{ resource: "tops.x.io", field: "spec.hostNetwork" }] },
      /does not name tops\.x\.io with spec\.hostNetwork/,
    ],
    ["that takes other finalizers off", { removeFinalizers: ["*"] }, /does not name \*/],
    [
      "that leaves others to be made again",
      { remade: ["secrets"] },
      /remade does not name secrets/,
    ],
    [
      "that leaves owned objects behind",
      { leaveOwned: true },
      /does not let owned objects be left behind .*\(leaveOwned\)/,
    ],
    ["that leaves owners out", { dropOwners: true }, /owners be left out .*\(dropOwners\)/],
    ["that leaves data behind", { leaveData: true }, /StatefulSets move without their volumes/],
    ["that creates namespaces", { createNamespaces: true }, /does not let namespaces be created/],
  ])("%s", (_what, spec, reason) => {
    expect(ask(spec)).toMatch(reason);
  });

  it("to another cluster", () => {
    expect(ask({}, [TOP], { target: "us" })).toBe("no entry of moves in the pipeline is to us");
  });

  it("of an owned object of another resource", () => {
    expect(ask({}, [TOP, { ...TOP, resource: "leafs" }])).toMatch(/do not name leafs\.x\.io/);
  });

  it("of an object in another namespace", () => {
    expect(ask({}, [{ ...TOP, namespace: "pay" }])).toMatch(/do not include pay/);
  });

  it("if two entries cover a part of it each", () => {
    const other = { ...GRANT, resources: ["leafs.x.io"] };
    const objects = [TOP, { ...TOP, resource: "leafs" }];
    expect(ask({}, objects, { grants: [GRANT, other] })).toMatch(/none of the 2 entries/);
  });

  it("with all that the nearest entry lacks, and nothing that another one lacks", () => {
    const far = { ...GRANT, resources: ["pods"], namespaces: ["pay"] };
    const spec = { removeFinalizers: ["x.io/hold", "y.io/hold"], leaveOwned: true };
    expect(ask(spec, [TOP], { grants: [far, GRANT] })).toBe(
      "none of the 2 entries of moves to eu allows all of it. The nearest one is moves[1]: its removeFinalizers does not name y.io/hold; it does not let owned objects be left behind without their owner (leaveOwned)",
    );
  });

  it("in a bounded text, however many objects are not allowed", () => {
    const objects = Array.from({ length: 40 }, (_, at) => ({ ...TOP, namespace: `n${at}` }));
    expect(ask({}, objects)).toMatch(/n4; and 35 more$/);
  });
});

describe("the finalizers that functions take off", () => {
  const find = (
    removeFinalizers: readonly string[],
    grants: readonly MoveGrant[] = [GRANT],
  ): readonly string[] => {
    const select = [{ resource: "tops.x.io", namespace: "shop" }];
    const spec = { select, removeFinalizers };
    return findAllowedFinalizers(grants, { target: "eu", spec, objects: [TOP] });
  };

  it("are those of the Move that the entry names", () => {
    expect(find(["x.io/hold", "x.io/other"])).toEqual(["x.io/hold"]);
    expect(find(["*"])).toEqual(["x.io/hold"]);
    expect(find(["x.io/other"], [{ ...GRANT, removeFinalizers: ["*"] }])).toEqual(["x.io/other"]);
  });

  it("are not those of entries that do not cover the rest", () => {
    const elsewhere = { ...GRANT, removeFinalizers: ["*"], namespaces: ["pay"] };
    const away = { ...GRANT, removeFinalizers: ["*"], to: ["us"] };
    expect(find(["x.io/other"], [elsewhere, away, GRANT])).toEqual([]);
  });

  it("are not those of several entries together", () => {
    const other = { ...GRANT, removeFinalizers: ["x.io/other"] };
    expect(find(["x.io/hold", "x.io/other"], [GRANT, other])).toEqual(["x.io/hold"]);
  });
});
