import { expect, test } from "vitest";
import { toAlertHash } from "../../../../core/alerts/groups/group-of.ts";
import type { AlertMessage } from "../../../../events/alert.ts";
import { alertOn, at, createScene } from "./group-scene.ts";

const held = (name: string): AlertMessage =>
  alertOn(name, {
    problem: { code: "HeldBack", message: "MaxPerHour: 6 were started" },
    record: { namespace: "kubemend", name: `rerun-${name}` },
  });

const released = (...names: readonly string[]) =>
  names.map((name) => ({ id: toAlertHash(`alert-${name}`), why: "released" as const }));

test("what is held back for a minute is reported, and so is its release", () => {
  const group = createScene({ isHeld: true });
  expect(group.take(0, held("a"), held("b"))).toEqual([]);
  expect(group.status.wakeAt).toBe(at(60));
  const [begin, ...more] = group.look(60);
  expect(more).toEqual([]);
  expect(begin).toMatchObject({ status: "firing", group: { alerts: 2, open: 2 } });
  const [end] = group.look(900, released("a", "b"));
  expect(end).toMatchObject({ status: "resolved", group: { reason: "resolved" } });
  expect(end?.summary).toMatch(/^Resolved after 15m: no remediation is held back any more\./);
});

test("what is released within a minute is not reported", () => {
  const group = createScene({ isHeld: true });
  group.take(0, held("a"));
  expect(group.look(60, released("a"))).toEqual([]);
  expect(group.status).not.toHaveProperty("collected");
  expect(group.look(1_000)).toEqual([]);
});
