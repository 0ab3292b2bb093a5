import { expect, test } from "vitest";
import { OPEN_MAX } from "../../../../core/alerts/groups/open-alerts.ts";
import { alertOn, at, createScene } from "./group-scene.ts";

const range = (count: number, from = 0) =>
  Array.from({ length: count }, (_none, index) => alertOn(`job-${from + index}`));

test("the first alert goes out at once, as itself", () => {
  const group = createScene();
  const [sent, ...more] = group.take(0, alertOn("a"));
  expect(more).toEqual([]);
  expect(sent).toMatchObject({ alertId: "alert-a", summary: alertOn("a").data.summary });
  expect(sent?.group).toEqual({
    name: "backups-0",
    reason: "first",
    since: at(0),
    alerts: 1,
    open: 1,
    names: [],
  });
});

test("what a function reads of an alert's grouping is not sent", () => {
  const [sent] = createScene().take(0, alertOn("a", { grouping: { key: "team" } }));
  expect(sent).not.toHaveProperty("grouping");
});

test("the alerts of a window are one message, with their number and ten names", () => {
  const group = createScene();
  expect(group.take(0, ...range(4))).toHaveLength(1);
  expect(group.take(100, ...range(496, 4))).toEqual([]);
  expect(group.look(299)).toEqual([]);
  const [sent, ...more] = group.look(300);
  expect(more).toEqual([]);
  expect(sent?.group).toMatchObject({ reason: "window", alerts: 499, open: 500 });
  expect(sent?.group?.names).toHaveLength(10);
  expect(sent?.summary).toMatch(
    /^499 objects in 5m, 500 open: Job data\/job-1, .*, Job data\/job-10 and 489 more\nOne of them: /,
  );
});

test("a long storm is one message a window", () => {
  const group = createScene();
  group.take(0, ...range(2));
  expect(group.look(300)).toHaveLength(1);
  expect(group.take(301, ...range(5, 2))).toEqual([]);
  expect(group.look(500)).toEqual([]);
  expect(group.look(600)).toMatchObject([{ group: { alerts: 5 } }]);
});

test("a window with nothing in it ends unnoticed, and the next alert is sent at once", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  expect(group.look(300)).toEqual([]);
  expect(group.take(301, alertOn("b"))).toMatchObject([{ alertId: "alert-b" }]);
});

test("an alert that is alone in its window is sent as itself", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"));
  expect(group.look(300)).toMatchObject([{ alertId: "alert-b", group: { reason: "window" } }]);
});

test("if no check was made at the end of a window, the next alert closes it", () => {
  const group = createScene();
  group.take(0, ...range(3));
  const sent = group.take(400, alertOn("late"));
  expect(sent).toMatchObject([{ group: { reason: "window", alerts: 2 } }]);
  expect(group.look(700)).toMatchObject([{ alertId: "alert-late" }]);
});

test("the same alert is counted once, however often it is reported", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.take(1, alertOn("b"), alertOn("c"), alertOn("b"));
  const before = group.status;
  expect(group.take(2, alertOn("a"), alertOn("b"))).toEqual([]);
  expect(group.status).toEqual(before);
  expect(group.look(300)).toMatchObject([{ group: { alerts: 2, open: 3 } }]);
});

test("an alert that is reported again after the repeat interval is sent again", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  expect(group.take(3_599, alertOn("a"))).toEqual([]);
  expect(group.take(3_600, alertOn("a"))).toMatchObject([{ alertId: "alert-a" }]);
});

test("what is open is repeated once in an interval", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.look(300);
  expect(group.look(3_599)).toEqual([]);
  const [sent] = group.look(3_600);
  expect(sent?.group).toMatchObject({ reason: "repeat", open: 1, names: ["Job data/a"] });
  expect(sent?.summary).toMatch(/^Still 1 open, the first for 1h: /);
  expect(group.look(3_660)).toEqual([]);
  expect(group.look(7_200)).toHaveLength(1);
});

test("alerts beyond those that a group can hold are more than counted", () => {
  const group = createScene();
  group.take(0, ...range(OPEN_MAX + 3));
  expect(group.status.open).toHaveLength(OPEN_MAX);
  const [sent] = group.look(300);
  expect(sent?.group).toMatchObject({ alerts: OPEN_MAX - 1, isMore: true, open: OPEN_MAX });
  expect(sent?.summary).toMatch(/^more than 1999 objects in 5m, more than 2000 open: /);
});

test("the group must be checked when the window ends, if it has collected something", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  expect(group.status.wakeAt).toBeUndefined();
  group.take(10, alertOn("b"));
  expect(group.status.wakeAt).toBe(at(300));
  group.look(300);
  expect(group.status.wakeAt).toBeUndefined();
});
