import { expect, test } from "vitest";
import { alertOn, createScene, silence } from "./group-scene.ts";

const warning = (name: string) => alertOn(name, { severity: "warning" });
const critical = (name: string, alertId = `alert-${name}`) =>
  alertOn(name, { severity: "critical", alertId });

test("an alert that is more severe than all that are open is sent at once, in the window of others", () => {
  const group = createScene();
  group.take(0, warning("a"));
  group.take(1, warning("b"));
  expect(group.take(2, critical("database"))).toMatchObject([
    { alertId: "alert-database", severity: "critical", group: { reason: "first" } },
  ]);
});

test("so is one on an object whose alert was less severe", () => {
  const group = createScene();
  group.take(0, warning("a"));
  expect(group.take(2, critical("a", "again"))).toMatchObject([{ severity: "critical" }]);
});

test("and one on an object that is only collected", () => {
  const group = createScene();
  group.take(0, warning("a"), warning("b"));
  expect(group.take(2, critical("b", "again"))).toMatchObject([{ severity: "critical" }]);
});

test("further ones of that severity wait for the end of the window, which comes no later", () => {
  const group = createScene();
  group.take(0, warning("a"), warning("b"));
  group.take(200, critical("c"));
  expect(group.take(201, critical("d"), critical("e"))).toEqual([]);
  expect(group.look(299)).toEqual([]);
  expect(group.look(300)).toMatchObject([{ group: { reason: "window", alerts: 3 } }]);
});

test("a message about several objects is as severe as the most severe one that is open", () => {
  const group = createScene();
  group.take(0, critical("a"));
  group.take(1, warning("b"), warning("c"));
  expect(group.look(300)).toMatchObject([{ severity: "critical", group: { reason: "window" } }]);
  expect(group.look(4_000)).toMatchObject([{ severity: "critical", group: { reason: "repeat" } }]);
});

test("the message of a window shows the most severe alert that it has collected", () => {
  const group = createScene();
  group.take(0, alertOn("a", { severity: "critical" }));
  group.take(1, alertOn("b", { severity: "info", summary: "less" }));
  group.take(2, alertOn("c", { severity: "error", summary: "more" }));
  const [sent] = group.look(300);
  expect(sent?.summary).toMatch(/\nOne of them: more$/);
});

test("a severe alert that a silence covers is not sent at once", () => {
  const group = createScene();
  group.silences = [silence({ labels: { severity: "critical" } })];
  group.take(0, warning("a"));
  expect(group.take(2, critical("b"))).toEqual([]);
});
