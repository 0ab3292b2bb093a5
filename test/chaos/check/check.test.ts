import { expect, test } from "vitest";
import type { ChangeMessage } from "../../../events/change.ts";
import { toChangeDeduplicationId, toChangeGroupId, toChangeId } from "../../../events/ids.ts";
import { check } from "./check.ts";
import type { CheckInput } from "./checked.ts";
import type { Received } from "../world/reader.ts";
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

type Reported = readonly [
  change: ChangeMessage["data"]["change"],
  uid: string,
  rv: number,
  epoch?: number,
];

function toReceived([change, uid, rv, epoch = 1]: Reported): Received {
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
  reported: readonly Reported[],
  change: Partial<CheckInput> = {},
): readonly string[] {
  const received = reported.map(toReceived);
  const truth = new Map([["a", events]]);
  const input = { clusterUid, namespace, watches: [WATCH], truth, received };
  return check({ ...input, leaving: "left", checkIds: true, ...change }).map(({ rule }) => rule);
}

test("every promise is kept if each last state, leaving and deletion was reported", () => {
  const events = [state("u", 1), state("u", 2, "none"), state("u", 3), gone("u"), state("v", 5)];
  const reported: readonly Reported[] = [
    ["added", "u", 1],
    ["left", "u", 2],
    ["added", "u", 3],
    ["deleted", "u", 4],
    ["added", "v", 5],
  ];
  expect(misses(events, reported)).toEqual([]);
});

test("intermediate states may be missing, and so may an object that was never reported", () => {
  const events = [state("u", 1), gone("u"), state("v", 2), state("v", 3)];
  expect(misses(events, [["added", "v", 3]])).toEqual([]);
});

test("a new epoch may repeat what was reported", () => {
  const events = [state("u", 1), state("u", 2)];
  const reported: readonly Reported[] = [
    ["added", "u", 1],
    ["modified", "u", 2],
    ["modified", "u", 1, 2],
    ["modified", "u", 2, 2],
  ];
  expect(misses(events, reported)).toEqual([]);
});

test.each<[string, readonly TruthEvent[], readonly Reported[], readonly string[]]>([
  [
    "a last state that never arrived",
    [state("u", 1), state("u", 2)],
    [["added", "u", 1]],
    ["last state arrives"],
  ],
  [
    "a deletion that never arrived",
    [state("u", 1), gone("u")],
    [["added", "u", 1]],
    ["deletion arrives"],
  ],
  [
    "a leaving that never arrived",
    [state("u", 1), state("u", 2, "none")],
    [["added", "u", 1]],
    ["deletion arrives"],
  ],
  [
    "a leaving reported as a deletion",
    [state("u", 1), state("u", 2, "none")],
    [
      ["added", "u", 1],
      ["deleted", "u", 2],
    ],
    ["nothing invented", "deletion arrives"],
  ],
  [
    "a deletion of an object that still exists",
    [state("u", 1)],
    [
      ["added", "u", 1],
      ["deleted", "u", 2],
    ],
    ["nothing invented", "last state arrives"],
  ],
  [
    "a state that never existed",
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
    "an epoch that has ended",
    [state("u", 1), state("u", 2)],
    [
      ["added", "u", 1, 2],
      ["modified", "u", 2, 1],
    ],
    ["order within an epoch"],
  ],
  [
    "a deletion after the re-creation under the same name",
    [state("u", 1), gone("u"), state("v", 2)],
    [
      ["added", "u", 1],
      ["added", "v", 2],
      ["deleted", "u", 3],
    ],
    ["order of a group"],
  ],
  [
    "an object that was never created",
    [state("u", 1)],
    [
      ["added", "u", 1],
      ["added", "x", 1],
    ],
    ["known"],
  ],
])("finds %s", (_about, events, reported, rules) => {
  expect(misses(events, reported)).toEqual(rules);
});

test("finds ids that do not match events/ids.ts, unless the id check is switched off", () => {
  const received = [toReceived(["added", "u", 1])].map((message) => ({
    ...message,
    deduplicationId: "of another kind",
  }));
  expect(misses([state("u", 1)], [], { received })).toEqual(["ids"]);
  expect(misses([state("u", 1)], [], { received, checkIds: false })).toEqual([]);
});

test("finds a body that is not a message at all", () => {
  const received = [{ body: "{}", groupId: "g", deduplicationId: "d" }];
  expect(misses([], [], { received })).toEqual(["readable"]);
});

test("a deletion that was reported and then rolled back needs no further message about an object that is not selected", () => {
  const undone = [state("u", 1), gone("u"), state("v", 3), gone("v"), state("u", 2, "none")];
  const reported: readonly Reported[] = [
    ["added", "u", 1],
    ["deleted", "u", 2],
    ["added", "v", 3],
    ["deleted", "v", 4],
  ];
  expect(misses(undone, reported)).toEqual([]);
  const selected = [...undone.slice(0, -1), state("u", 2)];
  expect(misses(selected, reported)).toEqual(["last state arrives"]);
});

test("the deletion of an older object may be reported again when no object has the name any more", () => {
  const events = [state("u", 1), gone("u"), state("v", 3), gone("v")];
  const reported: readonly Reported[] = [
    ["added", "u", 1],
    ["deleted", "u", 2],
    ["added", "v", 3],
    ["deleted", "v", 4],
    ["deleted", "u", 5, 2],
  ];
  expect(misses(events, reported)).toEqual([]);
  expect(misses(events.slice(0, -1), reported.toSpliced(3, 1))).toEqual(["order of a group"]);
});

test("the deletion of an older object may be reported again when the newest one has left", () => {
  const events = [state("u", 1), gone("u"), state("v", 3), state("v", 4, "none"), gone("v")];
  const reported: readonly Reported[] = [
    ["added", "u", 1],
    ["added", "v", 3],
    ["left", "v", 4],
    ["deleted", "u", 5, 2],
  ];
  expect(misses(events, reported)).toEqual([]);
  expect(misses(events, reported.toSpliced(2, 1))).toContain("order of a group");
});
