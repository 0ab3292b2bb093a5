/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { ChangeData, ChangedAnswer } from "../../../events/change.ts";
import { decide } from "../../../core/decide/decide.ts";
import { findUnshownFields } from "../../../core/decide/changed-fields.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toMessage, toPipeline } from "../../functions/normalize/world.ts";

const ALERT = [{ alert: { to: "a", summary: "'x'" } }];
const CONFIG = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "n", uid: "object-uid" },
};

function createRule(unknown: "act" | "skip") {
  const on = { resource: "configmaps", changed: { fields: ["data", "binaryData"], unknown } };
  const pipeline = toPipeline({ id: "rule", on, then: ALERT });
  const [rule] = pipeline.rules;
  if (rule === undefined) throw new Error("no rule");
  return { pipeline, rule };
}

/** The decision of the rule on a change of a ConfigMap. */
function decideOn(unknown: "act" | "skip", data: Partial<ChangeData>) {
  const { pipeline, rule } = createRule(unknown);
  const message = toMessage(pipeline, CONFIG, data);
  return decide({ rules: [rule], message, references: [] })[0];
}

describe("a rule that compares fields", () => {
  it("matches if they have changed, and says which", () => {
    expect(decideOn("skip", { changed: { rule: "yes" } })).toMatchObject({
      outcome: "matched",
      reason: "data, binaryData changed, and the rule has no condition",
      onceKey: expect.stringMatching(/^change\//),
    });
  });

  it("does not match if they have not", () => {
    expect(decideOn("act", { changed: { rule: "no" } })).toMatchObject({
      outcome: "notMatched",
      reason: "data, binaryData: no change since the state that was delivered before",
    });
  });

  it.each<[string, Partial<ChangeData>]>([
    ["it is not known", { changed: { rule: "unknown" } }],
    ["an older relay does not say", {}],
    ["only other rules are answered", { changed: { other: "yes" } }],
    [
      "the relay has compared for another version of the rule",
      { changed: { rule: "yes" }, rules: { rule: "another digest" } },
    ],
    ["the relay does not have the rule", { changed: { rule: "yes" }, rules: {} }],
  ])("acts or skips, as it says, if %s", (_what, data) => {
    expect(decideOn("act", data)).toMatchObject({
      outcome: "matched",
      reason: expect.stringMatching(/not known whether data, binaryData changed.*unknown: act/),
    });
    expect(decideOn("skip", data)).toMatchObject({
      outcome: "notMatched",
      reason: expect.stringMatching(/not known whether data, binaryData changed/),
    });
  });

  it("does not match a deletion that replaced a state which was never sent, if it then skips", () => {
    const deleted = { change: "deleted", unsent: true } as const;
    expect(decideOn("skip", deleted)).toMatchObject({ outcome: "notMatched" });
  });
});

describe("a request about compared fields", () => {
  const ask = (
    rule: Rule,
    changed: ChangedAnswer | undefined,
    { isSigned = true, digest = rule.digest } = {},
  ): string | undefined => {
    const change = {
      id: "c",
      kind: "modified",
      time: "2026-01-01T00:00:00.000Z",
      changed,
    } as const;
    return findUnshownFields(rule, { rule: { id: rule.id, digest }, change }, isSigned);
  };

  it("counts if it is signed, and was decided by this version of the rule", () => {
    const { rule } = createRule("skip");
    expect(ask(rule, "yes")).toBeUndefined();
    expect(ask(rule, "no")).toMatch(/no change/);
    expect(ask(rule, undefined)).toMatch(/not known/);
    expect(ask(rule, "yes", { digest: "another" })).toMatch(/not known/);
    expect(ask(createRule("act").rule, "yes", { digest: "another" })).toBeUndefined();
  });

  it("does not count without a signature, whatever it says", () => {
    for (const unknown of ["act", "skip"] as const) {
      const { rule } = createRule(unknown);
      expect(ask(rule, "yes", { isSigned: false })).toBe(
        "nothing shows that data, binaryData changed",
      );
    }
  });

  it("of a rule that compares none needs nothing", () => {
    const on = { resource: "configmaps" };
    const [rule] = toPipeline({ id: "rule", on, once: "change", then: ALERT }).rules;
    expect(rule && ask(rule, undefined, { isSigned: false })).toBeUndefined();
  });
});
