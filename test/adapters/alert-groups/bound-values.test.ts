import { expect, test } from "vitest";
import { VALUES_MAX } from "../../../adapters/alert-groups/bound-values.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import { alertOn } from "../../core/alerts/groups/group-scene.ts";
import { createGroupWorld, type GroupWorld } from "./group-world.ts";

const MANY = 200;

const withValue = (index: number, key = `team-${index}`, namespace = "data"): AlertMessage => {
  const alert = alertOn(`job-${namespace}-${index}`);
  const trigger = { ...alert.data.trigger, namespace };
  return { ...alert, data: { ...alert.data, trigger, grouping: { key } } };
};

const toKeys = ({ server }: GroupWorld) => [...server.groups.values()].map(({ spec }) => spec.key);

test("objects with a value each are a bounded number of groups and messages, and none is lost", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  const alerts = Array.from({ length: MANY }, (_none, index) => withValue(index));
  await groups.send(alerts, world.context);
  expect(toKeys(world)).toHaveLength(VALUES_MAX + 1);
  expect(toKeys(world)).toContain("data/(other values)");
  expect(world.sent()).toHaveLength(VALUES_MAX + 1);
  const open = [...world.server.groups.values()].flatMap(({ status }) => status.open);
  expect(open).toHaveLength(MANY);
});

test("the values of one namespace take no room from those of another one", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  const alerts = Array.from({ length: MANY }, (_none, index) =>
    withValue(index, `v-${index}`, "crowd"),
  );
  await groups.send([...alerts, withValue(0, "payments", "shop")], world.context);
  expect(toKeys(world)).toContain("shop/payments");
});

test("a value that has a group keeps it, and one that was not seen for an hour makes room", async () => {
  const world = createGroupWorld();
  const groups = world.start();
  const first = Array.from({ length: VALUES_MAX }, (_none, index) => withValue(index));
  await groups.send(first, world.context);
  world.nowMs += 30 * 60_000;
  await groups.send([withValue(100, "team-0"), withValue(101, "late")], world.context);
  expect(toKeys(world)).not.toContain("data/late");
  world.nowMs += 31 * 60_000;
  await groups.send([withValue(102, "later"), withValue(103, "team-0")], world.context);
  expect(toKeys(world)).toContain("data/later");
  const kept = [...world.server.groups.values()].find(({ spec }) => spec.key === "data/team-0");
  expect(kept?.status.open).toHaveLength(3);
});
