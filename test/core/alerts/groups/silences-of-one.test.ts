import { expect, test } from "vitest";
import type { AlertData } from "../../../../events/alert.ts";
import { alertOn, at, createScene, fails, silence } from "./group-scene.ts";

const quiet = (name: string, seconds: number) =>
  silence({ labels: { name }, until: at(seconds) }, `quiet-${name}`);

test("the silence of one object does not keep another one silent whose own silence has ended", () => {
  const group = createScene();
  group.silences = [quiet("a", 10_000), quiet("b", 600)];
  expect(group.take(0, alertOn("a"), alertOn("b"))).toEqual([]);
  const [sent, ...more] = group.look(600);
  expect(more).toEqual([]);
  expect(sent?.group).toMatchObject({ alerts: 1, open: 1, names: ["Job data/b"] });
  expect(sent?.trigger.name).toBe("b");
  expect(sent?.summary).not.toContain("data/a");
  expect(group.status.silenced).toMatchObject({ count: 1, silence: "quiet-a" });
});

test("one that stays silenced is not reported with the one whose silence has ended", () => {
  const group = createScene();
  group.silences = [quiet("a", 600), quiet("b", 10_000)];
  group.take(0, alertOn("a"), alertOn("b"));
  expect(group.look(600)).toMatchObject([{ trigger: { name: "a" }, group: { alerts: 1 } }]);
  expect(group.look(9_999, fails("a")).map(({ trigger }) => trigger.name)).toEqual(["a"]);
  expect(group.look(10_000)).toMatchObject([{ group: { names: ["Job data/b"] } }]);
});

test("what is silenced holds back neither the reminder of others nor that these are resolved", () => {
  const group = createScene();
  group.silences = [quiet("loud", 100_000)];
  group.take(0, alertOn("loud"), alertOn("a"));
  expect(group.look(3_600)).toMatchObject([{ group: { reason: "repeat", open: 1 } }]);
  expect(group.look(3_660, fails("a"))).toMatchObject([{ status: "resolved", group: { open: 0 } }]);
  expect(group.look(50_000)).toEqual([]);
  expect(group.look(100_000)).toMatchObject([{ status: "firing", group: { open: 1 } }]);
});

test("a reminder does not name what is silenced even if silences cannot be read", () => {
  const group = createScene();
  group.silences = [quiet("loud", 100_000)];
  group.take(0, alertOn("loud"), alertOn("a"));
  group.silences = undefined;
  expect(group.look(3_600)).toMatchObject([{ group: { reason: "repeat", names: ["Job data/a"] } }]);
});

test("an open alert that a silence covers is not in a reminder", () => {
  const group = createScene();
  group.take(0, alertOn("a"), alertOn("b"));
  group.look(300);
  group.silences = [quiet("b", 100_000)];
  const [sent] = group.look(4_000);
  expect(sent?.group).toMatchObject({ reason: "repeat", names: ["Job data/a"] });
});

test("an alert that was sent and comes again during a silence stays open for the receiver", () => {
  const group = createScene();
  group.take(0, alertOn("a"));
  group.silences = [quiet("a", 10_000)];
  group.take(400, alertOn("a", { alertId: "again-a" }));
  expect(group.look(460)).toEqual([]);
  const [end] = group.look(500, [
    { ...fails("a")[0], id: group.status.open[0]?.id ?? "", why: "fails" },
  ]);
  expect(end).toMatchObject({ status: "resolved" });
});

const ofTeam = (name: string, team: string) => alertOn(name, { labels: { team } });
const quietTeam = (team: string, seconds: number) =>
  silence({ labels: { team }, until: at(seconds) }, `quiet-${team}`);

test("a silence by a label of one object does not keep back the reminder of another one", () => {
  const group = createScene();
  group.take(0, ofTeam("a", "a"), ofTeam("b", "b"));
  group.look(300);
  for (const [team, other] of [
    ["a", "b"],
    ["b", "a"],
  ] as const) {
    group.silences = [quietTeam(team, 100_000)];
    const [sent] = group.look(team === "a" ? 4_000 : 8_000);
    expect(sent?.group).toMatchObject({ reason: "repeat", names: [`Job data/${other}`] });
  }
});

test("two objects that are silenced by different labels are released each when its own silence ends", () => {
  const group = createScene();
  group.silences = [quietTeam("a", 10_000), quietTeam("b", 600)];
  expect(group.take(0, ofTeam("a", "a"), ofTeam("b", "b"))).toEqual([]);
  expect(group.look(600)).toMatchObject([{ group: { alerts: 1, names: ["Job data/b"] } }]);
  expect(group.look(10_000)).toMatchObject([{ group: { alerts: 1, names: ["Job data/a"] } }]);
});

test("a silence by severity covers only the objects with this severity", () => {
  const group = createScene();
  group.take(0, alertOn("a", { severity: "info" }), alertOn("b", { severity: "critical" }));
  group.look(300);
  group.silences = [silence({ labels: { severity: "info" }, until: at(100_000) })];
  expect(group.look(4_000)).toMatchObject([{ group: { names: ["Job data/b"] } }]);
});

test("an object of which an older version has stored no labels is reported, not hidden", () => {
  const group = createScene();
  group.take(0, ofTeam("a", "a"), ofTeam("b", "a"));
  group.look(300);
  const open = group.status.open.map(({ labels: _labels, severity: _severity, ...one }) => one);
  group.status = { ...group.status, open };
  group.silences = [quietTeam("a", 100_000)];
  // The alert on `b` is the one that the group has kept as text.
  expect(group.look(4_000)).toMatchObject([{ group: { names: ["Job data/a"] } }]);
});

test("objects that the group does not keep are not held by a silence of another object", () => {
  const group = createScene();
  group.silences = [quietTeam("b", 600)];
  group.take(0, ofTeam("b", "b"));
  const { silenced } = group.status;
  if (silenced === undefined) throw new Error("nothing is silenced");
  group.status = { ...group.status, silenced: { ...silenced, count: 3 } };
  group.silences = [silence({ labels: { team: "b" }, until: at(100_000) }, "next")];
  expect(group.look(600)).toMatchObject([{ group: { alerts: 2 } }]);
  expect(group.status.silenced).toMatchObject({ count: 1, silence: "next" });
});

test.each<[string, Partial<AlertData>, Partial<AlertData>, Record<string, string>]>([
  ["severity", { severity: "warning" }, { severity: "critical" }, { severity: "warning" }],
  ["label", { labels: { team: "a" } }, { labels: { team: "b" } }, { team: "a" }],
])(
  "an alert with another %s than the silenced one of its object is sent, reminded of and resolved",
  (_what, first, second, labels) => {
    const group = createScene();
    group.silences = [silence({ labels, until: at(100_000) })];
    expect(group.take(0, alertOn("a", first))).toEqual([]);
    const [sent] = group.take(600, alertOn("a", { ...second, alertId: "again-a" }));
    expect(sent).toMatchObject({ status: "firing", group: { open: 1 } });
    expect(group.status).not.toHaveProperty("silenced");
    expect(group.look(4_300)).toMatchObject([{ group: { reason: "repeat", open: 1 } }]);
    const [{ id } = { id: "" }] = group.status.open;
    expect(group.look(4_400, [{ id, why: "fails" }])).toMatchObject([{ status: "resolved" }]);
  },
);

test("the other objects of the silence stay silenced when one is reported, in the window too", () => {
  const group = createScene();
  group.silences = [silence({ labels: { severity: "warning" }, until: at(10_000) })];
  const warn = { severity: "warning" } as const;
  group.take(0, alertOn("a", warn), alertOn("b", warn), alertOn("c", { severity: "critical" }));
  group.take(60, alertOn("a", { severity: "critical", alertId: "again-a" }));
  expect(group.look(300)).toMatchObject([{ status: "firing", group: { names: ["Job data/a"] } }]);
  expect(group.status.silenced).toMatchObject({ count: 1, names: ["Job data/b"] });
  expect(group.look(10_000).at(-1)?.summary).not.toContain("data/a");
});

test("labels of the rule do not replace those that every alert has", () => {
  const group = createScene();
  group.silences = [silence({ labels: { namespace: "elsewhere" } })];
  const labels = { namespace: "elsewhere", severity: "info", rule: "other", name: "x" };
  expect(group.take(0, alertOn("a", { labels }))).toHaveLength(1);
});
