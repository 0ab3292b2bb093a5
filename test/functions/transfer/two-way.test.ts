import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { viewFrom } from "../../../core/pipeline/source-view.ts";
import { createProblems } from "../../../functions/transfer/problems.ts";
import { CONFIG_MAPS } from "../../support/mirror/mirror-case.ts";
import {
  ClusterCase,
  createTransferCase,
  RecordsCase,
  toConfigMap,
  toPath,
} from "../../support/mirror/transfer-case.ts";
import {
  deliver,
  toTransferMessage,
  type Delivered,
} from "../../support/mirror/transfer-message.ts";

const PATH = toPath("settings");
const UIDS = { first: "cluster-1", second: "cluster-2", third: "cluster-3" } as const;
type Name = keyof typeof UIDS;

function toPipeline(rules: readonly object[]): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "first" },
    clusters: [
      { name: "second", uid: "22222222-2222-4222-8222-222222222222", access: { secret: "b" } },
      { name: "third", uid: "33333333-3333-4333-8333-333333333333", access: { secret: "c" } },
    ],
    rules,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return parsed.value;
}

/** A rule that adopts, from and to clusters by their names. */
function toRule(id: string, from: readonly Name[], to: readonly Name[], on: object = {}): object {
  return {
    id,
    on: { resource: "configmaps", namespaces: ["shop"], clusters: from, ...on },
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ mirror: { to, conflict: "adopt" } }],
  };
}

/** Clusters that mirror to each other; in each one is an object `settings` of its own. */
function createWorld(rules: readonly object[], labels: object = {}) {
  const pipeline = toPipeline(rules);
  const records = new RecordsCase();
  const names = Object.keys(UIDS) as readonly Name[];
  const clusters = new Map(names.map((name) => [name, new ClusterCase(UIDS[name])]));
  const get = (name: string): ClusterCase => clusters.get(name as Name) as ClusterCase;
  for (const name of names) {
    get(name).put(
      PATH,
      toConfigMap("settings", { data: { of: name }, metadata: { uid: name, labels } }),
    );
  }
  /** Gives the function the message of one direction. */
  const copy = async (rule: string, from: Name, to: Name): Promise<Delivered> => {
    const source = get(from);
    const pages = async function* () {
      yield { records: [], unreadable: [] } as never;
    };
    const process = createTransferCase().start([], {
      pipeline: viewFrom(pipeline, from),
      client: source.client,
      discovery: source.discovery,
      clusterUid: async () => UIDS[from],
      open: async (name) => ({
        name,
        uid: UIDS[name as Name],
        client: get(name).client,
        discovery: get(name).discovery,
      }),
      problems: createProblems({ records: records.store, pages, now: () => Date.now() }),
    });
    const object = {
      ...CONFIG_MAPS,
      namespace: "shop",
      name: "settings",
      uid: "u",
      resourceVersion: "1",
    };
    const message = toTransferMessage({ clusterUid: UIDS[from] }, rule, object, "modified");
    const cluster = { name: from, uid: UIDS[from] };
    return deliver(process, {
      ...message,
      data: { ...message.data, cluster, target: { name: to } },
    });
  };
  /** The contents of each cluster; undefined if the object is gone. */
  const show = (): readonly unknown[] =>
    names.map((name) => (get(name).objects.get(PATH)?.["data"] as { of?: string } | undefined)?.of);
  return { copy, show, get, records };
}

describe("two clusters that one rule keeps equal, with conflict: adopt", () => {
  const BOTH = toRule("both", ["first", "second"], ["first", "second"]);

  it("have the object of the cluster with the smaller uid if both directions are carried out at once", async () => {
    const world = createWorld([BOTH]);
    for (let times = 0; times < 3; times += 1) {
      await Promise.all([
        world.copy("both", "second", "first"),
        world.copy("both", "first", "second"),
      ]);
    }
    expect(world.show()).toEqual(["first", "first", "third"]);
    expect(world.records.list()).toEqual([]);
  });

  it("have it in whichever order the directions are carried out", async () => {
    const world = createWorld([BOTH]);
    await world.copy("both", "second", "first");
    await world.copy("both", "first", "second");
    expect(world.show()).toEqual(["first", "first", "third"]);
  });

  it("have that of the other one if the rule does not cover the first", async () => {
    const world = createWorld([{ ...BOTH, where: "object.data.of == 'second'" }]);
    await world.copy("both", "second", "first");
    expect(world.show()).toEqual(["second", "second", "third"]);
  });
});

it.each([
  ["first", "first"],
  ["second", "second"],
] as const)(
  "two clusters have the object of the one whose namespace the rule selects by its labels, if that is the %s",
  async (selected, kept) => {
    const on = { namespaces: { labelSelector: "mirror=yes" } };
    const both = ["first", "second"] as const;
    const world = createWorld([toRule("both", both, both, on)]);
    for (const name of both) {
      const labels = name === selected ? { mirror: "yes" } : {};
      world.get(name).put("/api/v1/namespaces/shop", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "shop", uid: `namespace-of-${name}`, labels },
      });
    }
    await world.copy("both", "second", "first");
    await world.copy("both", "first", "second");
    expect(world.show()).toEqual([kept, kept, "third"]);
  },
);

it("a rule of one direction adopts in a cluster with a smaller uid", async () => {
  const world = createWorld([toRule("back", ["first", "second"], ["first"])]);
  await world.copy("back", "second", "first");
  expect(world.show()).toEqual(["second", "second", "third"]);
});

describe("three clusters that adopt from each other, by a rule for each two,", () => {
  const PAIRS = [
    ["first", "second"],
    ["second", "third"],
    ["first", "third"],
  ] as const;
  const RULES = PAIRS.map((pair, index) => toRule(`pair-${index}`, pair, pair));
  const STEPS = PAIRS.flatMap(([one, other], index) => [
    [`pair-${index}`, one, other] as const,
    [`pair-${index}`, other, one] as const,
  ]);

  it("never lose an object, in whichever order the directions are carried out", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 12 }),
        async (steps) => {
          const world = createWorld(RULES);
          for (const [rule, from, to] of steps) {
            await world.copy(rule, from, to);
            expect(world.show()).not.toContain(undefined);
          }
        },
      ),
      {
        numRuns: 60,
        // Each has an object; that of the third becomes a copy of the second's, and that of the second a copy of the first's.
        examples: [
          [
            [
              ["pair-1", "second", "third"],
              ["pair-0", "first", "second"],
              ["pair-1", "second", "third"],
            ],
          ],
        ],
      },
    );
  });
});

describe("copies of each other", () => {
  const RULES = [toRule("there", ["first"], ["second"]), toRule("back", ["second"], ["first"])];

  it("are not deleted, and a record says what to do", async () => {
    const world = createWorld(RULES);
    for (let times = 0; times < 3; times += 1) {
      await Promise.all([
        world.copy("there", "first", "second"),
        world.copy("back", "second", "first"),
      ]);
    }
    expect(world.show()).toEqual(["second", "first", "third"]);
    expect(world.records.list()).toEqual([
      "settings Failed CopyOfCopy",
      "settings Failed CopyOfCopy",
    ]);
  });

  it("are equal again if one of them is made the source", async () => {
    const world = createWorld(RULES);
    const both = () =>
      Promise.all([world.copy("there", "first", "second"), world.copy("back", "second", "first")]);
    await both();
    const one = world.get("first").objects.get(PATH);
    if (one === undefined) throw new Error("it is gone");
    const { "kubemend.dev/source-cluster": _gone, ...annotations } = one.metadata[
      "annotations"
    ] as Record<string, string>;
    world.get("first").put(PATH, { ...one, metadata: { ...one.metadata, annotations } });
    await both();
    await both();
    expect(world.show()).toEqual(["second", "second", "third"]);
  });

  it("in a ring of three clusters are not deleted", async () => {
    const world = createWorld([
      toRule("a", ["first"], ["second"]),
      toRule("b", ["second"], ["third"]),
      toRule("c", ["third"], ["first"]),
    ]);
    for (let times = 0; times < 3; times += 1) {
      await Promise.all([
        world.copy("a", "first", "second"),
        world.copy("b", "second", "third"),
        world.copy("c", "third", "first"),
      ]);
    }
    expect(world.show()).toEqual(["third", "first", "second"]);
  });
});
