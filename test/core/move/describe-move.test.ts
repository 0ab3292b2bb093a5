import { describe, expect, it } from "vitest";
import type { Move, MoveStatus } from "../../../events/moves/move.ts";
import { describeMove, describeProgress } from "../../../core/move/status/describe-move.ts";

const AT = "2026-01-01T00:00:00.000Z";
const toMove = (
  status?: Partial<MoveStatus>,
  target: Move["spec"]["target"] = { cluster: "backup" },
): Move => ({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Move",
  metadata: { name: "shop", namespace: "kubemend", uid: "u", resourceVersion: "1" },
  spec: { target, select: [{ resource: "configmaps" }] },
  ...(status === undefined
    ? {}
    : { status: { phase: "Creating", since: AT, startedAt: AT, ...status } }),
});

describe("a Move for people", () => {
  it("says how one begins that nobody has begun", () => {
    expect(describeMove(toMove())).toEqual([
      "Move shop to backup: it has not begun; continue with: kubemend move --resume shop",
    ]);
    expect(describeMove(toMove(undefined, { uid: "abc" }))).toEqual([
      "Move shop to abc: it has not begun; continue with: kubemend move --resume shop",
    ]);
  });

  it("says what stands where, what it waits for, and both ways", () => {
    const current = { object: "Machine shop/a", doing: "create", waitsFor: "its owner" };
    const counts = { objects: 12, levels: 3, created: 5 };
    expect(describeMove(toMove({ counts, current }))).toEqual([
      "Move shop to backup: Creating, the copies are created, owners first; the sources are as they were, paused if they can be",
      "  12 objects on 3 levels, 5 created",
      "  at present: Machine shop/a: create; waits for its owner",
      "  continue with: kubemend move --resume shop; back with: kubemend move --rollback shop",
    ]);
    expect(describeProgress({ phase: "Creating", since: AT, startedAt: AT, counts, current })).toBe(
      "Creating 5/12 waits for its owner (Machine shop/a: create)",
    );
  });

  it("says a problem with what holds it and the way out, and that there is no way back", () => {
    const lines = describeMove(
      toMove({
        phase: "Deleting",
        pointOfNoReturnAt: AT,
        problem: {
          code: "Held",
          object: "Machine shop/a",
          step: "wait until the source is gone",
          reason: "it is not gone after 10m",
          holds: "finalizer a/b",
          wayOut: "have it taken off",
          since: AT,
        },
      }),
    );
    expect(lines.slice(1)).toEqual([
      `  problem since ${AT}, step "wait until the source is gone": Machine shop/a: it is not gone after 10m`,
      "    held by finalizer a/b",
      "    → have it taken off",
      `  continue with: kubemend move --resume shop; there is no way back since ${AT}`,
    ]);
  });

  it("that is refused says that it stays, and who begins it", () => {
    const problem = { code: "Refused", step: "plan", reason: "no", wayOut: "mend it", since: AT };
    const lines = describeMove(toMove({ phase: "Planning", problem }));
    expect(lines.slice(-2)).toEqual([
      "  the Move stays, and functions whose pipeline declares it begin it as soon as this problem is solved",
      "  continue with: kubemend move --resume shop; back with: kubemend move --rollback shop",
    ]);
  });

  it("says nothing of what was not done yet, and one object without a plural", () => {
    const counts = { objects: 1, levels: 1, paused: 0, created: 1 };
    expect(describeMove(toMove({ counts }))[1]).toBe("  1 object on 1 level, 1 created");
  });

  it("claims no pause if nothing was paused", () => {
    const counts = { objects: 1, levels: 1, paused: 0 };
    const resumedAt = "2026-01-01T00:01:29.100Z";
    const lines = describeMove(toMove({ phase: "Moved", pausedAt: AT, resumedAt, counts }));
    expect(lines.slice(2)).toEqual(["  nothing is paused: no object has a place that pauses it"]);
  });

  it("ends with the time for which both sides were paused, and what did not move", () => {
    const left = [{ object: "Cluster shop/a", field: "spec.ref", refersTo: "Secret shop/b" }];
    const lines = describeMove(
      toMove({
        phase: "Moved",
        pausedAt: AT,
        resumedAt: "2026-01-01T00:01:29.100Z",
        notes: ["a finalizer was added again"],
        left,
        leftCount: 3,
      }),
    );
    expect(lines.slice(1)).toEqual([
      "  objects were paused on both sides for 90s",
      "  note: a finalizer was added again",
      "  references to objects that do not move:",
      "    Cluster shop/a spec.ref: Secret shop/b",
      "    and 2 more",
    ]);
  });
});
