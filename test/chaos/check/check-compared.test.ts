import { describe, expect, test } from "vitest";
import { checkCompared, checkQuiet } from "./check-compared.ts";
import type { Sighting } from "./checked.ts";
import type { Team, TruthEvent } from "./truth.ts";

const WATCH = { key: "configmaps-all", selects: () => true, compared: true } as const;

/** The teams of an object, whose resourceVersions are 1, 2 and so on. */
const lived = (...teams: readonly Team[]): readonly TruthEvent[] =>
  teams.map((team, index) => {
    const resourceVersion = String(index + 1);
    return { type: "state", uid: "u", resourceVersion, team, step: `s${index + 1}`, atMs: 0 };
  });

type Said = readonly [version: number, changed?: Sighting["changed"], gap?: true];

const said = ([version, changed, gap]: Said, index: number): Sighting => ({
  watch: WATCH.key,
  name: "a",
  uid: "u",
  change: index === 0 ? "added" : "modified",
  resourceVersion: String(version),
  epoch: 1,
  step: `s${version}`,
  changed,
  gap,
});

function misses(life: readonly TruthEvent[], ...all: readonly Said[]): readonly string[] {
  const about = { watch: WATCH, name: "a", uid: "u", life, leaving: "left" } as const;
  return checkCompared(about, all.map(said)).map(({ text }) => text.replace(/^.*\): /, ""));
}

describe("whether a compared field has changed", () => {
  test("is kept if each state is compared with the one that was reported before", () => {
    const life = lived("red", "red", "blue", "none", "red");
    expect(misses(life, [1], [2, "no"], [3, "yes"], [5, "yes"])).toEqual([]);
  });

  test("may be unknown", () => {
    expect(misses(lived("red", "blue"), [1], [2, "unknown"])).toEqual([]);
  });

  test("is not compared with a state that was merged into it", () => {
    const life = lived("red", "blue", "red");
    expect(misses(life, [1], [3, "yes"])).toEqual(["it says yes, and right would be no"]);
  });

  test("is compared with the state before it, also if a new epoch reports both again", () => {
    const life = lived("red", "blue", "blue");
    expect(misses(life, [1], [2, "yes"], [3, "no"], [2, "yes"], [3, "no"])).toEqual([]);
    expect(misses(life, [1], [2, "yes"], [3, "no"], [2, "no"])).toEqual([
      "it says no, and right would be yes",
    ]);
  });

  test("is not known after a gap", () => {
    expect(misses(lived("red", "blue"), [1], [2, "yes", true])).toEqual([
      "after a gap it says yes",
    ]);
    expect(misses(lived("red", "blue"), [1], [2, "unknown", true])).toEqual([]);
  });

  test("is compared with the state to which etcd was rolled back, and not with a later one", () => {
    const life = lived("red", "blue", "red");
    expect(misses(life, [1], [2, "yes"], [1, "unknown", true], [3, "no"])).toEqual([]);
    expect(misses(life, [1], [2, "yes"], [1, "unknown", true], [3, "yes"])).toEqual([
      "it says yes, and right would be no",
    ]);
  });

  test("must be said", () => {
    expect(misses(lived("red", "blue"), [1], [2])).toEqual([
      "its message does not say whether the team has changed",
    ]);
  });

  test("is known when everything is quiet", () => {
    const quiet = (...all: readonly Said[]): number =>
      checkQuiet("a", all.map(said), ["no", "yes"]).length;
    expect([quiet([1], [2, "no"], [3, "yes"]), quiet([1], [2, "unknown"], [3, "yes"])]).toEqual([
      0, 1,
    ]);
  });
});
