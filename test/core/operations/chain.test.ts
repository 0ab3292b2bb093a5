import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { toCauseAnnotations } from "../../../core/operations/loops/cause-annotations.ts";
import {
  extendChain,
  isFromFuture,
  isLoop,
  NO_CHAIN,
  readChain,
  readLoopAnnotations,
  toChainParts,
  type Chain,
  type LoopAnnotations,
} from "../../../core/operations/loops/chain.ts";
import { LOOP_WINDOW_MS } from "../../../core/operations/loops/loop-window.ts";
import { NOW } from "../actions/state.ts";

function annotated(annotations: Readonly<Record<string, unknown>>): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "a", uid: "u", annotations } };
}

/** The annotations of an object after a remediation with this chain. */
function toCarried(chain: Chain, at = NOW): LoopAnnotations {
  const cause = toCauseAnnotations({ record: "r", now: at, ...toChainParts(chain) });
  return readLoopAnnotations(annotated(cause));
}

const later = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString();

describe("the chain of remediations that led to a state", () => {
  it("is the longest of what the objects carry, with the rules of all", () => {
    const long = toCarried({ depth: 2, rules: { a: NOW, b: NOW } });
    const short = toCarried({ depth: 1, rules: { c: NOW } });
    expect(readChain([short, {}, long], NOW)).toEqual({
      depth: 2,
      rules: { a: NOW, b: NOW, c: NOW },
    });
    expect(readChain([], NOW)).toEqual(NO_CHAIN);
  });

  it("is over an hour after its last remediation", () => {
    const carried = toCarried({ depth: 3, rules: { a: NOW } });
    expect(readChain([carried], later(LOOP_WINDOW_MS - 1)).depth).toBe(3);
    expect(readChain([carried], later(LOOP_WINDOW_MS))).toEqual(NO_CHAIN);
  });

  it("continues while its last remediation is younger, and forgets what a rule did an hour ago", () => {
    const carried = toCarried({ depth: 3, rules: { a: NOW, b: later(60_000) } }, later(60_000));
    expect(readChain([carried], later(LOOP_WINDOW_MS))).toEqual({
      depth: 3,
      rules: { b: later(60_000) },
    });
  });

  it.each([
    [{ "kubemend.dev/depth": "many", "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": "-1", "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": 2, "kubemend.dev/at": NOW }],
    [{ "kubemend.dev/depth": "2", "kubemend.dev/at": "yesterday" }],
    [{ "kubemend.dev/depth": "2", "kubemend.dev/at": "2026-03-01T10:00:06.000Z" }],
    [{ "kubemend.dev/depth": "2" }],
  ])("does not count %j", (annotations) => {
    expect(readChain([readLoopAnnotations(annotated(annotations))], NOW)).toEqual(NO_CHAIN);
  });

  it.each([["a"], ["a@soon"], ["A B@2026-03-01T10:00:00.000Z"], [`a@${NOW},b@${NOW}`]])(
    "may have any rules if they are written as %j",
    (text) => {
      const carried = { ...toCarried({ depth: 3, rules: {} }), "kubemend.dev/rules": text };
      const chain = readChain([carried], NOW);
      expect(chain).toEqual({ depth: 3, rules: undefined });
      expect(isLoop(chain, "other")).toBe(true);
    },
  );

  it("may have any rules if an older version of Kubemend wrote it", () => {
    const { "kubemend.dev/rules": _rules, ...carried } = toCarried({ depth: 3, rules: { a: NOW } });
    expect(isLoop(readChain([carried], NOW), "b")).toBe(true);
  });

  it("may have any rules if there are too many for an annotation", () => {
    const rules = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`rule-${at}`, NOW]));
    expect(readChain([toCarried({ depth: 31, rules })], NOW).rules).toBeUndefined();
  });

  it("is read as it was written", () => {
    const id = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 1, maxLength: 30 }), (ids) => {
        const chain = { depth: ids.length, rules: Object.fromEntries(ids.map((of) => [of, NOW])) };
        expect(readChain([toCarried(chain)], NOW)).toEqual(chain);
      }),
    );
  });
});

describe("a chain after one more remediation", () => {
  it("has the rule that acted, and when", () => {
    const chain = extendChain({ depth: 1, rules: { a: NOW } }, "b", later(1));
    expect(chain).toEqual({ depth: 2, rules: { a: NOW, b: later(1) } });
    expect(extendChain(chain, "a", later(2)).rules).toEqual({ a: later(2), b: later(1) });
  });

  it("is never shorter than that of the object that was changed, and keeps its rules", () => {
    const own = { depth: 3, rules: { x: NOW } };
    expect(extendChain(NO_CHAIN, "a", NOW, own)).toEqual({ depth: 3, rules: { x: NOW, a: NOW } });
  });

  it("has the length of one if several rules act on the same change", () => {
    const first = extendChain(NO_CHAIN, "a", NOW);
    const second = extendChain(NO_CHAIN, "b", NOW, first);
    expect(second).toEqual({ depth: 1, rules: { a: NOW, b: NOW } });
  });
});

describe("a loop", () => {
  const act = (ids: readonly string[]): Chain =>
    ids.reduce((chain, id) => extendChain(chain, id, NOW), NO_CHAIN);

  it.each([
    [["a", "a"], "a", false],
    [["a", "a", "a"], "a", true],
    [["a", "b", "a"], "b", true],
    [["a", "b", "c"], "d", false],
    [["a", "b", "c", "d", "e"], "f", false],
    [["a", "b", "c", "d", "e"], "a", true],
    [["constructor"], "constructor", false],
    [["a", "b", "c"], "constructor", false],
  ])("after %j, %s: %s", (ids, next, expected) => {
    expect(isLoop(act(ids), next)).toBe(expected);
  });

  it("ends, whichever rules take part, after at most three remediations more than there are rules", () => {
    const rules = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(rules, (order) => {
        let acted = 0;
        let chain = NO_CHAIN;
        for (const rule of order) {
          if (isLoop(chain, rule)) continue;
          chain = extendChain(chain, rule, NOW);
          acted += 1;
        }
        expect(acted).toBeLessThanOrEqual(3 + 4);
      }),
    );
  });
});

it("an object is from the future if its time is more than 5 s ahead", () => {
  const at = (time: string): boolean =>
    isFromFuture({ "kubemend.dev/at": time }, "2026-03-01T10:00:00.000Z");
  expect([at("2026-03-01T10:00:05.000Z"), at("2026-03-01T10:00:05.001Z"), at("never")]).toEqual([
    false,
    true,
    false,
  ]);
});
