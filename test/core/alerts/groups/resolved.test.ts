import { expect, test } from "vitest";
import { toAlertHash } from "../../../../core/alerts/groups/group-of.ts";
import { alertOn, at, createScene, fails } from "./group-scene.ts";

test("a message is sent at once if no alert is open any more", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  const [sent, ...more] = group.look(60, fails("a"));
  expect(more).toEqual([]);
  expect(sent).toMatchObject({ status: "resolved", group: { reason: "resolved", open: 0 } });
  expect(sent?.summary).toMatch(/^Resolved after 1m: the condition no longer holds\./);
  expect(group.status.open).toEqual([]);
  expect(group.look(120)).toEqual([]);
});

test("as long as one is open, nothing is resolved", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.take(400, alertOn("b"));
  expect(group.look(410, fails("a"))).toEqual([]);
  expect(group.look(420, fails("b"))).toMatchObject([{ status: "resolved" }]);
});

test("alerts that end before they are sent are one message at the end of the window", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"), alertOn("c"));
  expect(group.look(60, fails("a", "b", "c"))).toEqual([]);
  const [sent, ...more] = group.look(300);
  expect(more).toEqual([]);
  expect(sent).toMatchObject({
    status: "resolved",
    group: { reason: "window", alerts: 2, open: 0 },
  });
  expect(sent?.summary).toMatch(
    /^2 objects in 5m, none is open any more \(the condition no longer holds\): /,
  );
});

test("an alert that comes back in its window is counted once, and is open again", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"));
  group.look(60, fails("a", "b"));
  group.take(70, alertOn("a"));
  expect(group.look(300)).toMatchObject([{ group: { alerts: 1, open: 1 } }]);
});

test("an alert that comes back after it was resolved is a new one, in a new incident", () => {
  const group = createScene();
  const [first] = group.take(0, alertOn("a"));
  group.look(60, fails("a"));
  const [again] = group.take(400, alertOn("a"));
  expect(again?.group?.reason).toBe("first");
  expect(again?.group?.since).not.toBe(first?.group?.since);
});

test("an alert about an event is removed after its time, without a message", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.look(300);
  expect(group.look(3_600, [{ id: toAlertHash("alert-a"), why: "event" }])).toEqual([]);
  expect(group.status.open).toEqual([]);
  expect(group.take(3_700, alertOn("a"))).toHaveLength(1);
});

test.each([
  ["gone", "the object is gone"],
  ["noRule", "the pipeline no longer has the rule"],
] as const)("the message says why: %s", (why, text) => {
  const group = createScene();
  group.take(0, alertOn("a"));
  const [sent] = group.look(60, [{ id: toAlertHash("alert-a"), why }]);
  expect(sent?.summary).toContain(`: ${text}. `);
});

test("the messages of one incident have one key, and those of the next another", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"));
  const thread = { key: `backups-0@${at(0)}` };
  expect(group.look(300)).toMatchObject([{ thread }]);
  expect(group.look(310, fails("a", "b"))).toMatchObject([{ thread }]);
  expect(group.take(700, alertOn("c"))).toMatchObject([
    { thread: { key: `backups-0@${at(700)}` } },
  ]);
});
