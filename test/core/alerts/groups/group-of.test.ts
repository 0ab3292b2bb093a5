import { expect, test } from "vitest";
import { toGroup } from "../../../../core/alerts/groups/group-of.ts";
import type { AlertData } from "../../../../events/alert.ts";
import { alertOn } from "./group-scene.ts";

const name = (data: Partial<AlertData>) => toGroup(alertOn("a", data))?.name;
const { trigger, rule } = alertOn("a").data;

test("alerts of one rule, receiver and namespace are one group, even if their objects differ", () => {
  expect(toGroup(alertOn("b"))).toEqual(toGroup(alertOn("a")));
  expect(toGroup(alertOn("a"))).toMatchObject({
    windowSeconds: 300,
    repeatSeconds: 14_400,
    spec: { rule: rule.id, class: "match", key: trigger.namespace },
  });
});

test.each([
  ["another rule", { rule: { ...rule, id: "other" } }],
  ["another receiver", { to: "other" }],
  ["another namespace", { trigger: { ...trigger, namespace: "other" } }],
  ["no namespace", { trigger: { ...trigger, namespace: null } }],
  ["another key", { grouping: { key: "team-a" } }],
  ["another cluster", { cluster: { name: "c", uid: "other" } }],
  ["a problem", { problem: { code: "Conflict", message: "" } }],
  ["a guard that holds back", { problem: { code: "HeldBack", message: "" } }],
  ["a change that nobody vouches for", { problem: { code: "Unverified", message: "" } }],
])("%s is another group", (_what, data: Partial<AlertData>) => {
  expect(name(data)).toBeDefined();
  expect(name(data)).not.toBe(name({}));
});

test("problems and unverified alerts do not share a group", () => {
  expect(name({ problem: { code: "Conflict", message: "" } })).not.toBe(
    name({ problem: { code: "Unverified", message: "" } }),
  );
});

test("alerts of two namespaces with one key are two groups, unless the rule joins them", () => {
  const other = { ...trigger, namespace: "other" };
  const grouping = { key: "team-a" };
  expect(name({ grouping, trigger: other })).not.toBe(name({ grouping }));
  const across = { ...grouping, acrossNamespaces: true };
  expect(name({ grouping: across, trigger: other })).toBe(name({ grouping: across }));
});

test("no value of groupBy gives the group of another namespace", () => {
  const a = { ...trigger, namespace: "a" };
  const keys = ["", "b", "/b", "b/", "*/", "a", "a/b"];
  const own = name({ trigger: { ...trigger, namespace: "b" } });
  expect(keys.map((key) => name({ trigger: a, grouping: { key } }))).not.toContain(own);
});

test("a rule that turns grouping off has no group, except for the time of a silence", () => {
  const alert = alertOn("a", { grouping: "off" });
  expect(toGroup(alert)).toBeUndefined();
  expect(toGroup(alert, true)?.name).toBe(name({}));
});

test("a question for an approval is neither grouped nor silenced", () => {
  expect(toGroup(alertOn("a", { preview: [] }))).toBeUndefined();
  expect(toGroup(alertOn("a", { preview: [] }), true)).toBeUndefined();
});

test("the name is that of a Kubernetes object, however long the rule's", () => {
  expect(name({ rule: { ...rule, id: `${"r".repeat(39)}-${"s".repeat(20)}` } })).toMatch(
    /^r{39}-[0-9a-f]{20}$/,
  );
});
