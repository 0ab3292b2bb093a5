import { describe, expect, it } from "vitest";
import type { MissingRight } from "../../../../core/move/plan/plan-input.ts";
import { planCase } from "./plan-case.ts";

const toRight = (right: Partial<MissingRight>): MissingRight => ({
  side: "source",
  verb: "delete",
  resource: "secrets",
  namespace: "shop",
  ...right,
});
const select = [{ resource: "tops.x.io", namespace: "shop", withOwned: true }];

describe("rights that are missing", () => {
  it("are one reason, with the resources of each place together", () => {
    const { problems } = planCase({
      facts: {
        missingRights: [
          toRight({}),
          toRight({ verb: "patch" }),
          toRight({ resource: "configmaps" }),
          toRight({ resource: "configmaps", verb: "patch" }),
          toRight({ resource: "moves.kubemend.dev", verb: "create", namespace: "kubemend" }),
          toRight({ side: "target", resource: "tops.x.io", namespace: null }),
        ],
      },
    });
    expect(problems.map(({ reason }) => reason)).toEqual([
      "the user who carries the move out lacks these rights: in the source: delete, patch secrets, configmaps in namespace shop; create moves.kubemend.dev in namespace kubemend; and in the target: delete tops.x.io in the whole cluster",
    ]);
    expect(problems[0]?.wayOut).not.toContain("--leave-owned");
  });

  it("include the lists that were refused, of what is selected and of what may be owned", () => {
    const unread = ["fleets.x.io", "configmaps"].map((resource) => ({
      resource,
      namespace: "shop",
      code: "Forbidden" as const,
      reason: "403",
    }));
    const { problems } = planCase({
      objects: [],
      select: [],
      spec: { select },
      reads: { denied: select, unread },
    });
    expect(problems).toMatchObject([
      {
        code: "RightMissing",
        reason: expect.stringContaining(
          "in the source: list tops.x.io, fleets.x.io, configmaps in namespace shop",
        ) as string,
        wayOut: expect.stringContaining("--leave-owned") as string,
      },
    ]);
  });

  it("name ten resources and count the rest", () => {
    const missingRights = Array.from({ length: 14 }, (_, at) =>
      toRight({ resource: `r${at}.x.io` }),
    );
    const [problem] = planCase({ facts: { missingRights } }).problems;
    expect(problem?.reason).toMatch(/delete r0\.x\.io, .*, r9\.x\.io, and 4 more resources in/);
  });
});
