import { describe, expect, it } from "vitest";
import { judgeHistory } from "../../../support/move/judge-history.ts";
import type { Seen, SideName, WatchedObject } from "../../../support/move/watch-sides.ts";

/** The time between two events: longer than the clusters may differ. */
const STEP_MS = 1_000;
const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };

describe("the judge of a move's history", () => {
  const toObject = (uid: string, metadata: object = {}, body: object = {}): WatchedObject => ({
    kind: "Any",
    metadata: { name: "a", namespace: "shop", uid, resourceVersion: "0", ...metadata },
    ...body,
  });
  const owner = (uid: string) => ({ ownerReferences: [{ uid, name: "web" }] });
  const finalizers = ["x.io/hold"];
  const cluster = toObject("c", { finalizers });
  const machine = toObject("m", { finalizers, ...owner("c") });
  const before = new Map([
    ["clusters/web", cluster],
    ["machines/one", machine],
  ]);
  type Step = readonly [SideName, string, Seen["type"], WatchedObject];
  const begun: readonly Step[] = [
    ["source", "clusters/web", "ADDED", cluster],
    ["source", "machines/one", "ADDED", machine],
  ];
  const paused = (object: WatchedObject) => ({ ...object, spec: { paused: true } });
  const inTarget = (uid: string, metadata: object = {}) =>
    toObject(uid, { finalizers, ...metadata });
  const going = (object: WatchedObject, left = finalizers) => ({
    ...object,
    metadata: { ...object.metadata, ...GOING, finalizers: left },
  });
  const phase = (name: string): Step => [
    "source",
    "moves/m",
    "MODIFIED",
    toObject("move", {}, { status: { phase: name } }),
  ];
  const right: readonly Step[] = [
    phase("Pausing"),
    ["source", "clusters/web", "MODIFIED", paused(cluster)],
    phase("Creating"),
    ["target", "clusters/web", "ADDED", paused(inTarget("tc"))],
    ["target", "machines/one", "ADDED", inTarget("tm", owner("tc"))],
    phase("Deleting"),
    ["source", "machines/one", "MODIFIED", going(machine)],
    ["source", "machines/one", "DELETED", going(machine, [])],
    ["source", "clusters/web", "DELETED", going(paused(cluster), [])],
    phase("Resuming"),
    ["target", "clusters/web", "MODIFIED", inTarget("tc")],
    phase("Moved"),
  ];
  const judge = (steps: readonly Step[]) =>
    judgeHistory(
      before,
      [...begun, ...steps].map(([side, key, type, object], at) => ({
        side,
        key,
        type,
        revision: at + 1,
        atMs: at * STEP_MS,
        object: { ...object, metadata: { ...object.metadata, resourceVersion: String(at + 1) } },
      })),
    );
  const without = (at: number) => right.filter((_step, index) => index !== at);
  const swapped = (left: number, other: number) =>
    right.map((step, at) => right[at === left ? other : at === other ? left : at] ?? step);

  it("has nothing to say about a move in the right order", () => {
    expect(judge(right)).toEqual([]);
  });

  it.each([
    {
      what: "an owner that comes last",
      steps: swapped(3, 4),
      says: "machines/one comes before its owner",
    },
    {
      what: "an owner that is deleted first",
      steps: swapped(7, 8),
      says: "is deleted while machines/one",
    },
    { what: "a deletion before there is a copy", steps: without(4), says: "machines/one is lost" },
    {
      what: "a source and a copy that are not paused",
      steps: without(1).map((step) =>
        step[0] === "target" && step[1] === "clusters/web"
          ? (["target", "clusters/web", step[2], inTarget("tc")] as Step)
          : step,
      ),
      says: "clusters/web is active on both sides",
    },
    {
      what: "a copy that is never resumed",
      steps: without(10),
      says: "clusters/web is active nowhere",
    },
    {
      what: "a finalizer that is taken off first",
      steps: [["source", "machines/one", "MODIFIED", toObject("m")] as Step, ...right],
      says: "has lost its finalizer x.io/hold in the source",
    },
    {
      what: "a copy without its finalizer",
      steps: [...right, ["target", "machines/one", "MODIFIED", toObject("tm")] as Step],
      says: "has lost its finalizer x.io/hold in the target",
    },
    {
      what: "a copy that is deleted",
      steps: [...right, ["target", "machines/one", "DELETED", going(machine)] as Step],
      says: "the copy of machines/one is deleted",
    },
  ])("finds $what", ({ steps, says }) => {
    // A state lasts until the next event.
    expect(judge([...steps, phase("Moved")]).join("\n")).toContain(says);
  });
});
