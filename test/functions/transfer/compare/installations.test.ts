import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../../core/mirror/decide-mirror.ts";
import { judgeSource } from "../../../../core/mirror/judge-source.ts";
import { compareLists, toCopy, toLister } from "../../../support/mirror/compare-case.ts";
import {
  SOURCE_CLUSTER,
  toContext,
  toMirror,
  toSource,
} from "../../../support/mirror/mirror-case.ts";

const source = toSource({ data: { a: "1" } });
/** The copy that an installation has made; one of an earlier version names none. */
const copyOf = (installation?: string) => toCopy(source, toContext({}, { installation }));

/** Two installations in one cluster, whose rules have the same id, and of which the other one covers the object. */
describe("the comparison of an installation", () => {
  const compareWith = (installation?: string) =>
    compareLists(
      { source: toLister([]), target: toLister([copyOf(installation)]) },
      toContext({}, { installation: "kubemend" }),
    );

  it("asks for nothing because of the copies of another one", async () => {
    const { cursor, asked, removed, unrecognized } = await compareWith("second");
    expect([cursor.counts.orphans, asked, removed, unrecognized]).toEqual([0, [], [], []]);
  });

  it.each([["kubemend"], [undefined]])(
    "asks for its own copies, and for those that name none: %s",
    async (installation) => {
      expect((await compareWith(installation)).asked).toHaveLength(1);
    },
  );
});

describe("a copy of another installation", () => {
  const decide = (installation: string | undefined, isGone = false) => {
    const context = toContext({}, { installation: "kubemend" });
    return decideMirror({
      rule: { id: "mirror-it" },
      mirror: toMirror(),
      installation: "kubemend",
      clusterUid: SOURCE_CLUSTER.uid,
      targetUid: "uid-of-cluster-b",
      isCopiedBack: false,
      place: { namespace: "shop", name: "settings" },
      source: isGone ? { outcome: "left", reason: "x" } : judgeSource(source, context),
      target: copyOf(installation),
      otherRules: new Set(),
    });
  };

  it("is not deleted when this one does not cover its object", () => {
    expect(decide("second", true)).toEqual({ outcome: "nothing", reason: "foreign" });
    expect(decide("kubemend", true)).toMatchObject({ outcome: "delete" });
  });

  it("is a conflict when this one covers its object, too", () => {
    expect(decide("second")).toMatchObject({
      outcome: "conflict",
      code: "MirroredFromElsewhere",
      message: expect.stringContaining("in the namespace second") as unknown,
    });
  });

  it("that names none is taken for this one's, and names it then", () => {
    expect(decide(undefined)).toMatchObject({
      outcome: "update",
      why: "changed",
      desired: {
        manifest: { metadata: { annotations: { "kubemend.dev/installation": "kubemend" } } },
      },
    });
  });
});
