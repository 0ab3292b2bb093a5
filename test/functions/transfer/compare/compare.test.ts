import { describe, expect, it } from "vitest";
import type { MirrorStatus } from "../../../../events/mirrors/mirror.ts";
import {
  isMoveMessage,
  parseTransferMessage,
  type TransferMessage,
} from "../../../../events/transfer.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import type { StatusDecision } from "../../../../adapters/kubernetes/api/change-status.ts";
import type { SqsEntry } from "../../../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { findMirror } from "../../../../core/pipeline/mirror-rule.ts";
import { isComparisonDue } from "../../../../core/mirror/state/comparison.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { compare } from "../../../../functions/transfer/compare/compare.ts";
import { TargetFailure } from "../../../../functions/transfer/copy/target-failure.ts";
import { toCopy, toLister } from "../../../support/mirror/compare-case.ts";
import {
  CONFIG_MAPS,
  SOURCE_CLUSTER,
  toContext,
  toSource,
} from "../../../support/mirror/mirror-case.ts";
import { TARGET, toMirrorRule } from "../../../support/mirror/mirror-world.ts";
import { toCompareMessage } from "../../../support/mirror/transfer-message.ts";

const START = Date.parse("2026-11-30T12:00:00.000Z");
const STARTED = new Date(START).toISOString();

type World = {
  status: MirrorStatus | undefined;
  nowMs: number;
  readonly sent: SqsEntry[];
  /** The names of objects whose failure is in a record. */
  readonly failing: readonly string[];
  /** Whether the target serves the resource. */
  readonly isServed: boolean;
  /** The duration of each page. */
  readonly pageMs: number;
  /** The duration of reading the namespaces. */
  readonly namespacesMs: number;
  /** Called before each page. */
  onPage: () => void;
};

function toWorld(given: Partial<World> = {}): World {
  const status = { state: "Behind", since: STARTED } as const;
  return {
    status,
    nowMs: START,
    sent: [],
    failing: [],
    isServed: true,
    pageMs: 0,
    namespacesMs: 0,
    onPage: () => undefined,
    ...given,
  };
}

const NAMES = ["a", "b", "c", "d", "e", "f"];
const RULE = toMirrorRule("m", {
  on: { resource: "configmaps", namespaces: { labelSelector: "a=b" } },
});

const NOTHING = createCatalog([], "discovery");
const NOTHING_SERVED = { catalog: async () => NOTHING, refresh: async () => NOTHING };

/** Gives the function a message, in a world whose objects all have copies that are equal. */
async function take(world: World, message: TransferMessage): Promise<unknown> {
  const sources = NAMES.map((name) => toSource({ metadata: { name, uid: `uid-of-${name}` } }));
  const mirror = findMirror(RULE);
  if (mirror === undefined) throw new Error("no mirror");
  const context = { ...toContext(), rule: RULE, mirror };
  const copies = sources.map((source) => toCopy(source, context));
  const client = (objects: readonly unknown[]): KubernetesClient => {
    const lister = toLister(objects, 2, () => {
      world.nowMs += world.pageMs;
      world.onPage();
    });
    const request = async (asked: Parameters<KubernetesClient["request"]>[0]) => {
      if (asked.path.endsWith("/configmaps")) return lister.request(asked);
      if (asked.path === "/api/v1/namespaces") world.nowMs += world.namespacesMs;
      return { items: [{ metadata: { name: "shop", labels: { a: "b" } } }] };
    };
    return { request } as unknown as KubernetesClient;
  };
  const catalog = createCatalog([{ ...CONFIG_MAPS, preferred: true }], "discovery");
  const discovery = { catalog: async () => catalog, refresh: async () => catalog };
  const work = {
    rule: RULE,
    mirror,
    rules: [],
    source: { client: client(sources), discovery, ...SOURCE_CLUSTER },
    target: {
      client: client(copies),
      discovery: world.isServed ? discovery : NOTHING_SERVED,
      name: TARGET,
    },
  };
  const change = async <T>(
    _spec: unknown,
    decide: (status: MirrorStatus | undefined) => StatusDecision<MirrorStatus, T>,
  ): Promise<T> => {
    const decided = decide(world.status);
    if (decided.outcome === "write") world.status = decided.status;
    return decided.answer;
  };
  const log = (): void => undefined;
  return compare(
    {
      mirrors: { change } as never,
      states: { noteAway: async () => false },
      problems: {
        findFailing: async () =>
          world.failing.map((name) => ({
            place: { namespace: "shop", name },
            uid: `uid-of-${name}`,
            resourceVersion: "1",
          })),
      },
      send: async (entries) => void world.sent.push(...entries),
      now: () => world.nowMs,
    },
    {
      message,
      started: message.data.compare?.started ?? "",
      mirror: { cluster: SOURCE_CLUSTER, rule: "m", target: TARGET },
      connect: async () => work as never,
    },
    {
      signal: new AbortController().signal,
      deadlineMs: Number.POSITIVE_INFINITY,
      telemetry: { count: log, logger: { debug: log, info: log, warn: log, error: log } },
    },
  );
}

const BEGIN = toCompareMessage({ clusterUid: SOURCE_CLUSTER.uid }, "m", STARTED);

function toMessage({ body }: SqsEntry): TransferMessage {
  const parsed = parseTransferMessage(body);
  if (parsed.outcome !== "parsed" || isMoveMessage(parsed.value)) throw new Error(body);
  return parsed.value;
}

/** Takes the message, and those that follow from it. */
async function takeAll(world: World, message: TransferMessage = BEGIN): Promise<void> {
  await take(world, message);
  for (let taken = 0; taken < world.sent.length; taken += 1) {
    if (taken > 50) throw new Error("no end");
    const entry = world.sent[taken];
    if (entry !== undefined) await take(world, toMessage(entry));
  }
}

const ALL_COMPARED = { compared: 6, missing: 0, stale: 0, drifted: 0, orphans: 0 };

describe("a comparison that takes several messages", () => {
  it("compares each object once", async () => {
    const world = toWorld({ pageMs: 3_000 });
    await takeAll(world);
    expect(world.status).toMatchObject({ state: "InSync", lastComparison: ALL_COMPARED });
  });

  it("has an id of its own in each of them", async () => {
    const world = toWorld({ pageMs: 6_000 });
    await takeAll(world);
    const ids = world.sent.map(({ deduplicationId }) => deduplicationId);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("ends although reading the namespaces takes longer than a part may take", async () => {
    const world = toWorld({ namespacesMs: 60_000, pageMs: 6_000 });
    await takeAll(world);
    expect(world.status).toMatchObject({ state: "InSync", lastComparison: ALL_COMPARED });
  });

  it("continues if its message comes twice", async () => {
    const world = toWorld({ pageMs: 6_000 });
    await take(world, BEGIN);
    await takeAll(world, BEGIN);
    expect(world.status).toMatchObject({ state: "InSync", lastComparison: ALL_COMPARED });
  });

  it("takes a step once if two take it at the same time", async () => {
    const world = toWorld({ pageMs: 6_000 });
    await take(world, BEGIN);
    const [next] = world.sent;
    if (next === undefined) throw new Error("it does not continue");
    let other: Promise<unknown> | undefined;
    world.onPage = () => {
      world.onPage = () => undefined;
      other = take(world, toMessage(next));
    };
    await take(world, toMessage(next));
    await other;
    expect(world.sent).toHaveLength(2);
    expect(world.status?.comparison?.step).toBe(2);
  });
});

it("a comparison asks once, in the end, for each object whose failure is in a record", async () => {
  const world = toWorld({ failing: ["gone"], pageMs: 3_000 });
  for (let message = BEGIN; world.status?.state !== "InSync";) {
    await take(world, message);
    const last = world.sent.at(-1);
    if (last === undefined) throw new Error("it neither ends nor continues");
    message = toMessage(last);
  }
  const asked = world.sent.map(toMessage).filter(({ data }) => data.reason === "comparison");
  expect(asked.map(({ data }) => data.object?.name)).toEqual(["gone"]);
});

it("a comparison whose list fails says why, and is no outage of the target", async () => {
  const world = toWorld();
  world.onPage = () => {
    throw new TargetFailure(
      new KubemendError("Unavailable", "etcd: cannot decrypt", { retryable: true }),
    );
  };
  await take(world, BEGIN);
  expect(world.status).toMatchObject({ reason: "etcd: cannot decrypt", failingSince: STARTED });
  expect(world.status?.unreachableSince).toBeUndefined();
  expect(world.status?.comparison).toBeUndefined();
});

it("a comparison counts the objects whose failure is in a record", async () => {
  const world = toWorld({ failing: ["a"] });
  await takeAll(world);
  expect(world.status?.lastComparison?.failing).toBe(1);
});

describe("a sender of messages", () => {
  const toForged = (compareSaid: object): TransferMessage => {
    const forged = { ...BEGIN, data: { ...BEGIN.data, compare: compareSaid } };
    return forged as unknown as TransferMessage;
  };
  const done = { isDone: true };
  const counts = { compared: 5_000, missing: 0, stale: 0, drifted: 0, orphans: 0 };
  const cursor = JSON.stringify({ part: 999, source: done, target: done, counts });

  it("does not decide what has been compared", async () => {
    const world = toWorld({ pageMs: 6_000 });
    await take(world, BEGIN);
    await takeAll(world, toForged({ started: STARTED, cursor }));
    expect(world.status).toMatchObject({ state: "InSync", lastComparison: ALL_COMPARED });
  });

  it("begins no comparison that is not due", async () => {
    const world = toWorld();
    await takeAll(world);
    const { status } = world;
    world.nowMs += 60_000;
    await take(world, toForged({ started: new Date(world.nowMs).toISOString() }));
    expect(world.status).toBe(status);
  });

  it("replaces none that is in progress", async () => {
    const world = toWorld({ pageMs: 6_000 });
    await take(world, BEGIN);
    const { status } = world;
    await take(world, toForged({ started: new Date(START + 1_000).toISOString(), cursor }));
    expect(world.status).toBe(status);
  });
});

describe("a resource that the target does not serve", () => {
  it("leaves the mirror to be compared again, and after five minutes NotCompared, with the reason", async () => {
    const world = toWorld({ isServed: false });
    await take(world, BEGIN);
    expect(world.status).toMatchObject({ state: "Comparing", reason: NOT_SERVED });
    const due = { digest: RULE.digest, compareEveryMs: 3_600_000, isPaused: false };
    world.nowMs += 6 * 60_000;
    expect(isComparisonDue(world.status, { ...due, nowMs: world.nowMs })).toBe(true);
    await take(world, BEGIN);
    expect(world.status).toMatchObject({ state: "NotCompared", reason: NOT_SERVED });
  });
});

const NOT_SERVED = "the target does not serve configmaps";
