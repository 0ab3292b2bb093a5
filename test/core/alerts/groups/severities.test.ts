import { expect, test } from "vitest";
import { toAlertHash } from "../../../../core/alerts/groups/group-of.ts";
import { OPEN_MAX } from "../../../../core/alerts/groups/open-alerts.ts";
import type { AlertSeverity } from "../../../../events/alert.ts";
import { alertOn, at, createScene, fails, silence } from "./group-scene.ts";

const on = (name: string, severity: AlertSeverity, alertId = `alert-${name}`) =>
  alertOn(name, { severity, alertId });

test("an alert that is more severe than what was sent does not wait for the window", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  expect(group.take(1, on("b", "warning"))).toEqual([]);
  expect(group.take(2, on("db", "critical"))).toMatchObject([
    { alertId: "alert-db", severity: "critical", group: { reason: "first", open: 3 } },
  ]);
  expect(group.look(299)).toEqual([]);
  expect(group.look(300)).toMatchObject([{ alertId: "alert-b", severity: "warning" }]);
});

test("of a storm of the severest alerts only the first does not wait", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  const storm = Array.from({ length: 500 }, (_none, index) => on(`db-${index}`, "critical"));
  expect(group.take(1, ...storm)).toMatchObject([{ alertId: "alert-db-0" }]);
  expect(group.look(300)).toMatchObject([{ severity: "critical", group: { alerts: 499 } }]);
});

test("one that comes and goes does not go out each time", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  for (const round of [1, 2, 3, 4]) {
    const sent = group.take(round * 60, on("db", "critical", `db-${round}`));
    expect(sent).toHaveLength(round === 1 ? 1 : 0);
    group.look(round * 60 + 30, [{ id: toAlertHash(`db-${round}`), why: "fails" }]);
  }
});

test("it does not wait either if the alert that began the window is over", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  expect(group.look(60, fails("a"))).toMatchObject([{ status: "resolved" }]);
  expect(group.take(61, on("db", "critical"))).toMatchObject([{ alertId: "alert-db" }]);
});

test("an object that the group cannot keep does not wait either", () => {
  const group = createScene();
  group.take(0, ...Array.from({ length: OPEN_MAX }, (_none, index) => on(`a-${index}`, "info")));
  expect(group.take(1, on("db", "critical"))).toMatchObject([{ alertId: "alert-db" }]);
  expect(group.take(2, on("db-2", "critical"))).toEqual([]);
  expect(group.look(300)).toMatchObject([{ severity: "critical" }]);
});

test("what guards hold back waits for its minute", () => {
  const group = createScene({ isHeld: true });
  group.take(0, on("a", "warning"));
  expect(group.take(1, on("db", "critical"))).toEqual([]);
});

test("an alert that is sent at once takes the place of a milder one on its object", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  group.take(1, on("db", "warning"));
  expect(group.take(2, on("db", "critical", "db-2"))).toMatchObject([{ alertId: "db-2" }]);
  expect(group.look(300)).toEqual([]);
});

test("the message of a window is as severe as the severest of its alerts, which it shows", () => {
  const group = createScene();
  group.take(0, on("a", "critical"));
  const b = alertOn("b", { severity: "warning", summary: "mild" });
  group.take(1, b, alertOn("db", { severity: "error", summary: "severe" }), on("c", "info"));
  const [sent] = group.look(300);
  expect(sent).toMatchObject({ severity: "error", trigger: { name: "db" } });
  expect(sent?.summary).toMatch(/Job data\/b, .*\nThe most severe of them: severe$/);
});

test("a reminder is as severe as the severest object that is open", () => {
  const group = createScene();
  group.take(0, on("a", "critical"));
  group.take(1, on("db", "error"), on("c", "warning"));
  group.look(300);
  group.look(400, fails("a"));
  expect(group.look(4_000)).toMatchObject([{ severity: "error", group: { reason: "repeat" } }]);
  group.look(4_100, fails("db"));
  expect(group.look(7_700)).toMatchObject([{ severity: "warning", group: { reason: "repeat" } }]);
});

test("that all is over is as severe as what was sent last", () => {
  const group = createScene();
  group.take(0, on("a", "warning"));
  group.take(1, on("db", "critical"));
  group.take(2, on("b", "warning"));
  group.look(300);
  expect(group.look(400, fails("a", "db", "b"))).toMatchObject([
    { status: "resolved", severity: "critical" },
  ]);
});

test("of silenced alerts the message shows the severest of those that are released", () => {
  const group = createScene();
  group.silences = [
    silence({ labels: { name: "a" }, until: at(10_000) }, "quiet-a"),
    silence({ labels: { namespace: "data" }, until: at(600) }),
  ];
  group.take(0, on("a", "critical"), on("b", "warning"), on("db", "error"));
  expect(group.look(600)).toMatchObject([{ severity: "error", trigger: { name: "db" } }]);
});

test("a group of an older version compares with the alert that it showed last", () => {
  const group = createScene();
  group.take(0, on("a", "error"));
  const { sentSeverity: _sent, ...older } = group.status;
  group.status = older;
  expect(group.take(1, on("b", "error"))).toEqual([]);
  expect(group.take(2, on("db", "critical"))).toMatchObject([{ alertId: "alert-db" }]);
});
