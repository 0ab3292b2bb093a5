import { expect, test } from "vitest";
import { alertOn, at, createScene, fails, silence } from "./group-scene.ts";

const RULE = alertOn("a").data.rule.id;

test("what is silenced is not sent, and is counted when the silence ends", () => {
  const group = createScene();
  group.silences = [silence({ rule: RULE, until: at(600) })];
  expect(group.take(0, alertOn("a"), alertOn("b"))).toEqual([]);
  expect(group.status.wakeAt).toBe(at(600));
  expect(group.look(599)).toEqual([]);
  const [sent, ...more] = group.look(600);
  expect(more).toEqual([]);
  expect(sent?.group).toMatchObject({ reason: "window", alerts: 2, open: 2 });
  expect(sent?.summary).toMatch(/^2 objects in 10m, while they were silenced \(quiet\), 2 open: /);
});

test("one alert that was silenced says so too", () => {
  const group = createScene();
  group.silences = [silence({ rule: RULE, until: at(600) })];
  group.take(0, alertOn("a"));
  expect(group.look(600)).toMatchObject([{ summary: expect.stringContaining("silenced (quiet)") }]);
});

test("a silence that was ended early, or deleted, no longer covers alerts", () => {
  const group = createScene();
  group.silences = [silence({ rule: RULE })];
  group.take(0, alertOn("a"));
  expect(group.look(60)).toEqual([]);
  group.silences = [];
  expect(group.look(120)).toHaveLength(1);
});

test("a silence that was prolonged still covers its alerts, and so does another one", () => {
  const group = createScene();
  group.silences = [silence({ rule: RULE, until: at(600) })];
  group.take(0, alertOn("a"));
  group.silences = [silence({ rule: RULE, until: at(900) }, "other")];
  expect(group.look(600)).toEqual([]);
  expect(group.status).toMatchObject({ wakeAt: at(900), silenced: { silence: "other" } });
  expect(group.look(900)).toHaveLength(1);
});

test("if silences cannot be read, alerts go out, and what is silenced waits for its time", () => {
  const group = createScene();
  group.silences = [silence({ rule: RULE, until: at(600) })];
  group.take(0, alertOn("a"));
  group.silences = undefined;
  expect(group.take(10, alertOn("b"))).toHaveLength(1);
  expect(group.look(500)).toEqual([]);
  expect(group.look(600)).toMatchObject([{ group: { alerts: 1 } }]);
});

test.each([
  ["another rule", { rule: "other" }],
  ["another label", { labels: { namespace: "elsewhere" } }],
  ["one label of two", { labels: { namespace: "data", kind: "Pod" } }],
  ["nothing", {}],
  ["a time in the past", { rule: RULE, until: at(-1) }],
])("a silence of %s does not cover the alert", (_what, spec) => {
  const group = createScene();
  group.silences = [silence(spec)];
  expect(group.take(0, alertOn("a"))).toHaveLength(1);
});

test.each([
  ["its rule", { rule: RULE }],
  ["its namespace", { labels: { namespace: "data" } }],
  ["its receiver and kind", { labels: { receiver: "data-oncall", kind: "Job" } }],
])("a silence of %s covers it", (_what, spec) => {
  const group = createScene();
  group.silences = [silence(spec)];
  expect(group.take(0, alertOn("a"))).toEqual([]);
});

test("alerts that a silence does not cover are sent as always", () => {
  const group = createScene();
  group.silences = [silence({ labels: { name: "loud" } })];
  expect(group.take(0, alertOn("loud"), alertOn("a"))).toMatchObject([{ alertId: "alert-a" }]);
  expect(group.look(300)).toEqual([]);
  expect(group.look(3_600, fails("loud"))).toMatchObject([{ group: { reason: "window" } }]);
});

test("an incident that was announced is resolved during a silence too, and what it silenced is told later", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.silences = [silence({ rule: RULE, until: at(600) })];
  group.take(10, alertOn("b"));
  expect(group.look(60, fails("a", "b"))).toMatchObject([{ status: "resolved" }]);
  expect(group.look(600)).toMatchObject([{ status: "resolved", group: { alerts: 1, open: 0 } }]);
});
