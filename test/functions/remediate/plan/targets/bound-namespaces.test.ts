import { describe, expect, it } from "vitest";
import {
  boundNamespaces,
  describeLargest,
} from "../../../../../functions/remediate/plan/targets/bound-namespaces.ts";
import type { FoundTarget } from "../../../../../functions/remediate/plan/targets/found-target.ts";
import { FAN_OUT } from "../../../../core/records/targets/fan-out.ts";

function toTargets(namespace: string, count: number): readonly FoundTarget[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `p-${index}`;
    return { at: { collection: 0, key: `${namespace}/${name}` }, namespace, name };
  });
}

const FOUND = [...toTargets("batch", 4), ...toTargets("shop", 3)];
const toRefused = (found: readonly FoundTarget[]): readonly string[] =>
  found.flatMap(({ refusal, at }) => (refusal?.code === "TooManyTargets" ? at.key : []));

describe("atMostPerNamespace", () => {
  it("refuses the targets of a namespace that has more, and those of no other one", () => {
    const bounded = boundNamespaces({ ...FAN_OUT, atMostPerNamespace: 3 }, FOUND);
    expect(toRefused(bounded)).toEqual(["batch/p-0", "batch/p-1", "batch/p-2", "batch/p-3"]);
    expect(bounded[0]?.refusal?.message).toBe(
      "is one of 4 in its namespace, and atMostPerNamespace is 3, so nothing is done in it",
    );
  });

  it("counts no target that is refused for another reason", () => {
    const [first, ...others] = FOUND;
    if (first === undefined) throw new Error("there is one");
    const odd = { ...first, refusal: { code: "RuleError", message: "it is odd" } };
    expect(
      toRefused(boundNamespaces({ ...FAN_OUT, atMostPerNamespace: 3 }, [odd, ...others])),
    ).toEqual([]);
  });

  it("refuses none if the rule has no such bound", () => {
    expect(boundNamespaces(FAN_OUT, FOUND)).toBe(FOUND);
  });
});

describe("a refusal by atMost", () => {
  it("names the namespaces with most targets, if there are several", () => {
    const more = [...FOUND, ...toTargets("a", 1), ...toTargets("b", 2)];
    expect(describeLargest(more)).toBe(", most of them in batch (4), shop (3), b (2)");
    expect(describeLargest(toTargets("shop", 3))).toBe("");
  });
});
