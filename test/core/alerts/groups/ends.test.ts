import { expect, test } from "vitest";
import { toAlertView } from "../../../../core/alerts/alert-view.ts";
import type { AlertEnd } from "../../../../core/alerts/groups/continue-group.ts";
import { toAlertHash } from "../../../../core/alerts/groups/group-of.ts";
import { OPEN_MAX } from "../../../../core/alerts/groups/open-alerts.ts";
import type { AlertData, AlertMessage } from "../../../../events/alert.ts";
import { toAlert } from "../../../support/alert-message.ts";
import { alertOn, createScene, fails, type Sent } from "./group-scene.ts";

const outcome = { result: "succeeded", steps: ["created Job data/again"], tookMs: 900 } as const;

const succeeded = (name: string, data: Partial<AlertData> = {}): AlertMessage =>
  alertOn(name, { outcome, record: { namespace: "kubemend", name: `rerun-${name}` }, ...data });

const ended = (name: string, why: AlertEnd["why"]): AlertEnd => ({
  id: toAlertHash(`alert-${name}`),
  why,
});

const titleOf = (data: Sent | undefined): string =>
  toAlertView({ ...toAlert(), data: data ?? toAlert().data }).title;

test("the alert of a remediation that succeeded is over at once, and nothing follows it", () => {
  const group = createScene();
  const [sent, ...more] = group.take(0, succeeded("a"));
  expect(more).toEqual([]);
  expect(sent).toMatchObject({ status: "resolved", group: { open: 0, ended: { remediated: 1 } } });
  expect(group.look(60)).toEqual([]);
  expect(group.look(301)).toEqual([]);
  expect(group.look(100_000)).toEqual([]);
  expect(group.status).not.toHaveProperty("since");
});

test("it does not end the incident of others, and is no longer counted when these are over", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.look(300);
  expect(group.take(400, succeeded("b"))).toMatchObject([{ status: "firing", group: { open: 1 } }]);
  const [sent] = group.look(410, fails("a"));
  expect(sent).toMatchObject({ status: "resolved", group: { ended: { fails: 1, remediated: 1 } } });
});

test("one that is sent again is not counted again", () => {
  const group = createScene();
  group.take(0, succeeded("a"));
  const before = group.status;
  expect(group.take(10, succeeded("a"))).toEqual([]);
  expect(group.status).toEqual(before);
});

test("many that succeed are one message that none is open", () => {
  const group = createScene();
  group.take(0, succeeded("a"), succeeded("b"), succeeded("c"));
  const [sent] = group.look(300);
  expect(sent).toMatchObject({ status: "resolved", group: { alerts: 2, open: 0 } });
  expect(sent?.summary).toContain("none is open any more (the remediation succeeded): ");
});

test("an alert whose remediation succeeds later says so", () => {
  const group = createScene();
  group.take(0, alertOn("a", { record: { namespace: "kubemend", name: "rerun-a" } }));
  const [sent] = group.look(60, [ended("a", "remediated")]);
  expect(sent?.summary).toMatch(/^Resolved after 1m: the remediation succeeded\./);
});

test("an object that is gone is not announced as resolved", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  const [sent] = group.look(60, [ended("a", "gone")]);
  expect(sent?.summary).toMatch(/^Over after 1m: the object is gone\./);
  expect(titleOf(sent)).toMatch(/^Object gone: /);
});

test("if some are gone and others well, the message says how many of each", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"), alertOn("c"));
  group.look(300);
  group.look(310, [ended("a", "gone"), ended("b", "gone")]);
  const [sent] = group.look(700, [ended("c", "fails")]);
  expect(sent?.summary).toMatch(
    /^Over after 12m: the condition no longer holds \(1\), the object is gone \(2\)\./,
  );
  expect(titleOf(sent)).toMatch(/^Over: /);
  expect(sent?.group?.ended).toEqual({ fails: 1, gone: 2 });
});

test("a new incident does not count the ends of the one before it", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.look(60, [ended("a", "gone")]);
  group.take(400, alertOn("b"));
  expect(titleOf(group.look(460, fails("b"))[0])).toMatch(/^Resolved: /);
});

test.each(["TriggerGone", "TriggerReplaced"])(
  "an alert that says itself that the object is gone (%s) is removed without a second message",
  (code) => {
    const group = createScene();
    group.take(0, alertOn("a", { problem: { code, message: "gone" } }));
    expect(group.status.open).toMatchObject([{ isEvent: true }]);
    expect(group.look(3_600, [ended("a", "event")])).toEqual([]);
    expect(group.status.open).toEqual([]);
  },
);

test("an object with several alerts is counted once, and the number of its alerts is given if they are more", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"));
  group.take(10, alertOn("b", { alertId: "again-b" }), alertOn("b", { alertId: "third-b" }));
  group.take(20, alertOn("c"));
  const [sent] = group.look(300);
  expect(sent?.group).toMatchObject({ alerts: 4, objects: 2, open: 3 });
  expect(sent?.summary).toMatch(
    /^2 objects \(4 alerts\) in 5m, 3 open: Job data\/b, Job data\/c\n/,
  );
});

test("an object of which an earlier alert is sent again is not counted again", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"), alertOn("b", { alertId: "again-b" }));
  const before = group.status;
  group.take(10, alertOn("b"), alertOn("b", { alertId: "again-b" }));
  expect(group.status).toEqual(before);
});

test("an object whose alerts come again and again takes one place", () => {
  const group = createScene();
  for (let index = 0; index < 100; index += 1) {
    group.take(index, alertOn("a", { alertId: `episode-${index}` }));
  }
  expect(group.status.open).toHaveLength(1);
});

test("a group that was full does not say that all is over", () => {
  const group = createScene();
  const alerts = Array.from({ length: OPEN_MAX + 1 }, (_none, index) => alertOn(`job-${index}`));
  group.take(0, ...alerts);
  group.look(300);
  const names = alerts.slice(0, OPEN_MAX).map(({ data }) => data.trigger.name);
  const [sent, ...more] = group.look(310, fails(...names));
  expect(more).toEqual([]);
  expect(sent).toMatchObject({ status: "firing", group: { isMore: true, open: 0 } });
  expect(sent?.summary).toMatch(/^The 2000 objects that were counted are over .* not counted/);
});

test("a message about several namespaces says which", () => {
  const group = createScene();
  const trigger = { ...alertOn("b").data.trigger, namespace: "web" };
  group.take(
    0,
    alertOn("a"),
    alertOn("b", { trigger: { ...trigger, uid: "uid-b" } }),
    alertOn("c"),
  );
  expect(group.look(300)[0]?.summary).toMatch(/^2 objects in 5m, in 2 namespaces \(data, web\), /);
});
