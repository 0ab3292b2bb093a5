import { expect, test } from "vitest";
import type { ChangeMessage } from "../../events/change.ts";
import { toChangeDeduplicationId, toChangeGroupId, toChangeId } from "../../events/ids.ts";
import { check } from "./check.ts";
import type { CheckInput } from "./checked.ts";
import type { Received } from "./reader.ts";
import type { TruthEvent } from "./truth.ts";

const clusterUid = "c0ffee";
const namespace = "ns";
const WATCH = { key: "configmaps-red", selects: (team: string) => team === "red" };

const state = (uid: string, rv: number, team: "red" | "none" = "red"): TruthEvent => ({
  type: "state",
  uid,
  resourceVersion: String(rv),
  team,
  step: `s${rv}`,
  atMs: 0,
});
const gone = (uid: string): TruthEvent => ({ type: "gone", how: "deleted", uid, atMs: 0 });

type Said = readonly [
  change: ChangeMessage["data"]["change"],
  uid: string,
  rv: number,
  epoch?: number,
];

function toReceived([change, uid, rv, epoch = 1]: Said): Received {
  const resourceVersion = String(rv);
  const id = toChangeId({ clusterUid, objectUid: uid, change, resourceVersion });
  const resource = { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" };
  const message: ChangeMessage = {
    specversion: "1.0",
    id,
    source: `/clusters/${clusterUid}/watches/${WATCH.key}`,
    type: `dev.kubemend.object.${change}`,
    subject: `/api/v1/namespaces/${namespace}/configmaps/a`,
    time: "2026-01-01T00:00:00.000Z",
    dataschema: "urn:kubemend:change:1",
    traceparent: "00",
    data: {
      cluster: { name: "chaos", uid: clusterUid },
      watch: WATCH.key,
      pipeline: "p",
      rules: {},
      resource: { ...resource, namespaced: true },
      change,
      resourceVersion,
      epoch,
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", uid, namespace },
        data: { step: `s${rv}` },
      },
    },
  };
  return {
    body: JSON.stringify(message),
    groupId: toChangeGroupId({ clusterUid, resource: "configmaps", namespace, name: "a" }),
    deduplicationId: toChangeDeduplicationId(id, WATCH.key, epoch),
  };
}

function misses(
  events: readonly TruthEvent[],
  said: readonly Said[],
  change: Partial<CheckInput> = {},
): readonly string[] {
  const received = said.map(toReceived);
  const truth = new Map([["a", events]]);
  const input = { clusterUid, namespace, watches: [WATCH], truth, received };
  return check({ ...input, leaving: "left", checkIds: true, ...change }).map(({ rule }) => rule);
}

test("nothing is missed where each last state, leaving and deletion was said", () => {
  const events = [state("u", 1), state("u", 2, "none"), state("u", 3), gone("u"), state("v", 5)];
  const said: readonly Said[] = [
    ["added", "u", 1],
    ["left", "u", 2],
    ["added", "u", 3],
    ["deleted", "u", 4],
    ["added", "v", 5],
  ];
  expect(misses(events, said)).toEqual([]);
});

test("states in between may be missing, and an object of which nothing was ever said", () => {
  const events = [state("u", 1), gone("u"), state("v", 2), state("v", 3)];
  expect(misses(events, [["added", "v", 3]])).toEqual([]);
});

test("a new epoch may repeat what was said", () => {
  const events = [state("u", 1), state("u", 2)];
  const said: readonly Said[] = [
    ["added", "u", 1],
    ["modified", "u", 2],
    ["modified", "u", 1, 2],
    ["modified", "u", 2, 2],
  ];
  expect(misses(events, said)).toEqual([]);
});

test.each<[string, readonly TruthEvent[], readonly Said[], readonly string[]]>([
  [
    "a last state that never came",
    [state("u", 1), state("u", 2)],
    [["added", "u", 1]],
    ["last state arrives"],
  ],
  [
    "a deletion that never came",
    [state("u", 1), gone("u")],
    [["added", "u", 1]],
    ["deletion arrives"],
  ],
  [
    "a leaving that never came",
    [state("u", 1), state("u", 2, "none")],
    [["added", "u", 1]],
    ["deletion arrives"],
  ],
  [
    "a leaving told as a deletion",
    [state("u", 1), state("u", 2, "none")],
    [
      ["added", "u", 1],
      ["deleted", "u", 2],
    ],
    ["nothing invented", "deletion arrives"],
  ],
  [
    "a deletion of what lives",
    [state("u", 1)],
    [
      ["added", "u", 1],
      ["deleted", "u", 2],
    ],
    ["nothing invented", "last state arrives"],
  ],
  [
    "a state that never was",
    [state("u", 1)],
    [
      ["added", "u", 9],
      ["modified", "u", 1],
    ],
    ["nothing invented"],
  ],
  [
    "an older state after a newer one of its epoch",
    [state("u", 1), state("u", 2), state("u", 3)],
    [
      ["added", "u", 2],
      ["modified", "u", 1],
      ["modified", "u", 3],
    ],
    ["order within an epoch"],
  ],
  [
    "a stale last message",
    [state("u", 1), state("u", 2)],
    [
      ["added", "u", 1],
      ["modified", "u", 2],
      ["modified", "u", 1, 2],
    ],
    ["last state arrives"],
  ],
  [
    "an epoch that is over",
    [state("u", 1), state("u", 2)],
    [
      ["added", "u", 1, 2],
      ["modified", "u", 2, 1],
    ],
    ["order within an epoch"],
  ],
  [
    "a deletion after the re-creation under its name",
    [state("u", 1), gone("u"), state("v", 2)],
    [
      ["added", "u", 1],
      ["added", "v", 2],
      ["deleted", "u", 3],
    ],
    ["order of a group"],
  ],
  [
    "an object that nobody made",
    [state("u", 1)],
    [
      ["added", "u", 1],
      ["added", "x", 1],
    ],
    ["known"],
  ],
])("finds %s", (_about, events, said, rules) => {
  expect(misses(events, said)).toEqual(rules);
});

test("finds ids that are not those of events/ids.ts, unless it is told not to look", () => {
  const received = [toReceived(["added", "u", 1])].map((message) => ({
    ...message,
    deduplicationId: "of another kind",
  }));
  expect(misses([state("u", 1)], [], { received })).toEqual(["ids"]);
  expect(misses([state("u", 1)], [], { received, checkIds: false })).toEqual([]);
});

test("finds what is no message at all", () => {
  const received = [{ body: "{}", groupId: "g", deduplicationId: "d" }];
  expect(misses([], [], { received })).toEqual(["readable"]);
});

test("a deletion that was told and then undone needs no other word of an object that is not selected", () => {
  const undone = [state("u", 1), gone("u"), state("v", 3), gone("v"), state("u", 2, "none")];
  const said: readonly Said[] = [
    ["added", "u", 1],
    ["deleted", "u", 2],
    ["added", "v", 3],
    ["deleted", "v", 4],
  ];
  expect(misses(undone, said)).toEqual([]);
  const selected = [...undone.slice(0, -1), state("u", 2)];
  expect(misses(selected, said)).toEqual(["last state arrives"]);
});

test("the end of an older object may be said again when nobody has the name any more", () => {
  const events = [state("u", 1), gone("u"), state("v", 3), gone("v")];
  const said: readonly Said[] = [
    ["added", "u", 1],
    ["deleted", "u", 2],
    ["added", "v", 3],
    ["deleted", "v", 4],
    ["deleted", "u", 5, 2],
  ];
  expect(misses(events, said)).toEqual([]);
  expect(misses(events.slice(0, -1), said.toSpliced(3, 1))).toEqual(["order of a group"]);
});
