import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../../core/errors.ts";
import type { MovePlan } from "../../../../../core/move/plan/to-plan.ts";
import { planMove } from "../../../../../functions/transfer/move/plan/plan-move.ts";
import { MemoryWorld, type Around } from "../../../../support/move/memory-world.ts";

describe("the plan of a user who lacks rights", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  const plan = (recordNamespace?: string): Promise<MovePlan> => {
    const { sides } = world.toDeps();
    const select = [{ resource: "tops.x.io", namespace: "shop", name: "a", withOwned: true }];
    const spec = { target: { cluster: "target" }, select, removeFinalizers: ["x.io/hold"] };
    return planMove(sides, { spec, recordNamespace }, new AbortController().signal);
  };

  /** The API server says that the user has no right. */
  const deny: Around = async <T>(send: () => Promise<T>, { path }: { readonly path: string }) =>
    path.endsWith("selfsubjectaccessreviews") ? ({ status: { allowed: false } } as T) : send();

  it("names those of the Move itself beside those of its objects", async () => {
    world.around = deny;
    const { problems } = await plan("kubemend");
    expect(problems.map(({ code }) => code)).toEqual(["RightMissing"]);
    expect(problems[0]?.reason).toContain(
      "create, get, execute moves.kubemend.dev in namespace kubemend; update moves/status.kubemend.dev in namespace kubemend; create, get, list, update, delete movesteps.kubemend.dev in namespace kubemend; get, list, patch, delete tops.x.io, middles.x.io, leafs.x.io in namespace shop",
    );
  });

  it("of a Move that is there does not ask who may create it", async () => {
    world.around = deny;
    expect((await plan()).problems[0]?.reason).not.toContain("moves.kubemend.dev");
  });

  it("is a plan although what is selected cannot be listed", async () => {
    world.around = async (send, { side, path }) => {
      if (side === "source" && path.includes("/tops"))
        throw new KubemendError("Forbidden", "GET /apis/...: 403", { retryable: false });
      return send();
    };
    expect((await plan()).problems).toMatchObject([
      {
        code: "RightMissing",
        reason: expect.stringContaining("list tops.x.io in namespace shop") as string,
      },
    ]);
  });
});
