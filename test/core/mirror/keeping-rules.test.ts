import { describe, expect, it } from "vitest";
import { findMirror } from "../../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { findKeepers, type CopiedObject } from "../../../core/mirror/keeping-rules.ts";
import { CONFIG_MAPS, SOURCE_CLUSTER, toSource } from "../../support/mirror/mirror-case.ts";
import { TARGET, toMirrorRule } from "../../support/mirror/mirror-world.ts";

const OWN = toMirrorRule("own", { on: { resource: "configmaps", namespaces: ["shop"] } });

/** Whether the rule keeps the copy of `shop/settings` of the rule `own`. */
function keeps(other: Rule, object: Partial<CopiedObject> = {}): boolean {
  const rules = [OWN, other].flatMap((rule) => {
    const mirror = findMirror(rule);
    return mirror === undefined ? [] : [{ rule, mirror }];
  });
  const place = { namespace: "shop", name: "settings" };
  const copied = {
    rule: OWN,
    target: TARGET,
    place,
    copy: place,
    source: toSource({ metadata: { labels: { tier: "web" } } }),
    cluster: SOURCE_CLUSTER,
    type: CONFIG_MAPS,
    ...object,
  };
  return findKeepers(rules, copied).has(other.id);
}

const rule = (on: object = {}, mirror: object = {}): Rule =>
  toMirrorRule("other", { on: { resource: "configmaps", ...on }, mirror: { ...mirror } });

describe("another rule keeps a copy", () => {
  it("of an object that it covers, at the same place", () => {
    expect(keeps(rule())).toBe(true);
    expect(keeps(rule({ labelSelector: "tier=web" }))).toBe(true);
  });

  it("of an object that is gone, if it may have covered it", () => {
    expect(keeps(rule({ labelSelector: "tier=db" }), { source: null })).toBe(true);
    expect(keeps(rule({ namespaces: ["billing"] }), { source: null })).toBe(false);
  });

  it("if it is not known which labels the namespace has, by which it selects", () => {
    expect(keeps(rule({ namespaces: { labelSelector: "team=a" } }))).toBe(true);
  });

  it.each([
    ["of another resource", rule({ resource: "secrets" })],
    ["of another namespace", rule({ namespaces: ["billing"] })],
    ["with other labels", rule({ labelSelector: "tier=db" })],
    ["at another place", rule({}, { names: { prefix: "eu-" } })],
    ["in another target", rule({}, { to: ["elsewhere"] })],
    ["that it excludes by its condition", { ...rule(), where: "false" }],
  ])("not one %s", (_which, other) => {
    expect(keeps(other)).toBe(false);
  });

  it("not if it is no other one", () => {
    expect(keeps(OWN)).toBe(false);
  });
});
