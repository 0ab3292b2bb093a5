import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import type { Entry } from "../../../relay/delivery/entry.ts";
import { createRelayMetrics, type RelayMetrics } from "../../../relay/observe/metrics.ts";
import { createReport } from "../../../relay/observe/report.ts";
import type { WatchStatus } from "../../../relay/observe/watch-status.ts";
import type { Ending } from "../../../relay/reflector/ending.ts";
import { planReaction } from "../../../relay/reflector/reaction.ts";
import { plannedWatch } from "../../support/relay/followed-watch.ts";
import { change } from "../../support/relay/relay.ts";
import { createLineLogger, type LoggedLine } from "./log-lines.ts";

const WATCH = plannedWatch();
const NOW_MS = 10_000;
const THROTTLED = new KubemendError("QueueThrottled", "the queue throttles", { retryable: true });

let lines: LoggedLine[];
let metrics: RelayMetrics;
let statuses: Map<string, WatchStatus>;
let report: ReturnType<typeof createReport>;

beforeEach(() => {
  const logger = createLineLogger();
  lines = logger.lines;
  statuses = new Map();
  metrics = createRelayMetrics({
    buffered: () => ({ objects: 3, bytes: 4_096 }),
    statuses,
    checkpointAgesMs: () => new Map([[WATCH.key, 90_000]]),
  });
  report = createReport({ log: logger.log, metrics, watches: [WATCH], wallMs: () => NOW_MS });
});

function interrupt(ending: Ending, mode: "watchList" | "listWatch" = "watchList"): void {
  const reaction = planReaction(ending, { mode, received: true, encoding: "json" });
  report.step(WATCH, { type: "interrupted", ending, reaction, waitMs: 800.4 });
}

function answered(status: number): Ending {
  return { type: "answered", verb: "watch", status, body: { message: "no" } };
}

/** The samples of a metric, without their help text. */
async function samples(name: string): Promise<readonly string[]> {
  const text = await metrics.registry.getSingleMetricAsString(name);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function entry(gap: boolean): Entry {
  const { object: _object, ...pending } = change("a", "modified", "7");
  const rendered = { body: "", groupId: "g", deduplicationId: "d" };
  return { ...pending, watch: WATCH.key, gap, readAtMs: NOW_MS - 2_000, rendered, bytes: 0 };
}

describe("interruptions of a watch", () => {
  it("are one line while the cause stays the same, and counted each time", async () => {
    interrupt(answered(503));
    interrupt(answered(503));
    interrupt({ type: "silent" });
    expect(lines.map(({ level, cause, retryInMs }) => [level, cause, retryInMs])).toEqual([
      ["warn", "unavailable", 800],
      ["warn", "silent", 800],
    ]);
    expect(await samples("kubemend_relay_watch_interruptions_total")).toEqual([
      'kubemend_relay_watch_interruptions_total{resource="configmaps",cause="unavailable"} 2',
      'kubemend_relay_watch_interruptions_total{resource="configmaps",cause="silent"} 1',
    ]);
  });

  it("are errors if nothing but an operator can end them", () => {
    interrupt(answered(403));
    interrupt(answered(418), "listWatch");
    expect(lines.map(({ level, cause }) => [level, cause])).toEqual([
      ["error", "forbidden"],
      ["error", "refused"],
    ]);
  });

  it("are not logged if the server only closed the watch", async () => {
    interrupt({ type: "closed" });
    expect(lines).toEqual([]);
    expect(await samples("kubemend_relay_watch_interruptions_total")).toHaveLength(1);
  });

  it("are followed by one line when the watch works again, and are logged again after that", () => {
    interrupt(answered(503));
    report.step(WATCH, { type: "resumed", resourceVersion: "9" });
    report.step(WATCH, { type: "resumed", resourceVersion: "10" });
    interrupt(answered(503));
    expect(lines.map(({ msg }) => msg)).toEqual([
      expect.stringContaining("503"),
      "watch resumed",
      "the watch works again",
      "watch resumed",
      expect.stringContaining("503"),
    ]);
  });

  it("count a fall back from WatchList", async () => {
    interrupt({ type: "noEndBookmark" });
    expect(await samples("kubemend_relay_watchlist_fallbacks_total")).toEqual([
      'kubemend_relay_watchlist_fallbacks_total{resource="configmaps"} 1',
    ]);
  });
});

describe("a snapshot", () => {
  it("is counted and logged at its start, and logged at its end", async () => {
    const started = { cause: "expired", mode: "watchList", replace: false } as const;
    report.step(WATCH, { type: "snapshotStarted", ...started });
    report.step(WATCH, { type: "snapshotEnded", resourceVersion: "9", readAtMs: 0 });
    expect(lines).toMatchObject([
      { msg: "snapshot started", cause: "expired", mode: "watchList", watch: WATCH.key },
      { msg: "snapshot complete", resourceVersion: "9", resource: "configmaps" },
    ]);
    expect(await samples("kubemend_relay_snapshots_total")).toEqual([
      'kubemend_relay_snapshots_total{resource="configmaps",cause="expired",mode="watchList"} 1',
    ]);
  });

  it("that is older than what was sent is an etcd rollback", async () => {
    report.rolledBack(WATCH);
    expect(lines).toMatchObject([{ level: "warn", resource: "configmaps" }]);
    expect(await samples("kubemend_relay_watch_interruptions_total")).toEqual([
      'kubemend_relay_watch_interruptions_total{resource="configmaps",cause="rollback"} 1',
    ]);
  });
});

it("a gap in a handover is counted, and logged with its reason", async () => {
  report.handoverGap(WATCH, answered(410));
  expect(lines).toMatchObject([{ level: "warn", msg: expect.stringContaining("answered 410") }]);
  expect(await samples("kubemend_relay_handover_gaps_total")).toEqual([
    'kubemend_relay_handover_gaps_total{resource="configmaps"} 1',
  ]);
});

it("the answer to a question about an object is counted and not logged", async () => {
  report.confirmed(WATCH, "left");
  expect(lines).toEqual([]);
  expect(await samples("kubemend_relay_confirmations_total")).toEqual([
    'kubemend_relay_confirmations_total{resource="configmaps",outcome="left"} 1',
  ]);
});

it("a namespace that cannot be read is named", () => {
  report.namespaceUnread({ ...WATCH.target, namespace: "shop" }, answered(500), 1_000);
  expect(lines).toMatchObject([
    {
      level: "warn",
      namespace: "shop",
      retryInMs: 1_000,
      msg: expect.stringContaining("in namespace shop"),
    },
  ]);
});

describe("the queue", () => {
  it("is counted by request: accepted, partly, refused", async () => {
    const yes = { outcome: "accepted", messageId: "m" } as const;
    const no = { outcome: "refused", error: THROTTLED } as const;
    report.sent([yes, yes]);
    report.sent([yes, no]);
    report.sent([no]);
    expect(await samples("kubemend_relay_queue_requests_total")).toEqual([
      'kubemend_relay_queue_requests_total{outcome="accepted"} 1',
      'kubemend_relay_queue_requests_total{outcome="partly"} 1',
      'kubemend_relay_queue_requests_total{outcome="refused"} 1',
    ]);
  });

  it("that refuses is one line a reason, and one line when it accepts again", async () => {
    report.refused([entry(false), entry(false)], THROTTLED);
    report.refused([entry(false)], THROTTLED);
    report.accepted([entry(false)]);
    report.accepted([entry(false)]);
    report.refused([entry(false)], THROTTLED);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ["warn", "the queue throttles; will be retried until it succeeds"],
      ["info", "the queue accepts messages again"],
      ["warn", "the queue throttles; will be retried until it succeeds"],
    ]);
    expect(lines[0]?.["entries"]).toMatchObject([{ name: "a", change: "modified" }, { name: "a" }]);
    expect(await samples("kubemend_relay_queue_refusals_total")).toEqual([
      'kubemend_relay_queue_refusals_total{code="QueueThrottled"} 4',
    ]);
  });

  it("that accepts counts changes, gaps and the time since they were read", async () => {
    report.accepted([entry(true), entry(false)]);
    expect(await samples("kubemend_relay_changes_total")).toEqual([
      'kubemend_relay_changes_total{resource="configmaps",change="modified"} 2',
    ]);
    expect(await samples("kubemend_relay_gaps_total")).toEqual([
      'kubemend_relay_gaps_total{resource="configmaps"} 1',
    ]);
    expect(await samples("kubemend_relay_lag_seconds")).toEqual(
      expect.arrayContaining(["kubemend_relay_lag_seconds_sum 4"]),
    );
  });

  it("that will never accept an object is an error that names it", async () => {
    report.unsendable(entry(false), THROTTLED, "truncated");
    report.unsendable(entry(false), THROTTLED, "given up");
    expect(lines).toMatchObject([
      { level: "error", name: "a", msg: "the queue throttles; sent without the object" },
      { level: "error", name: "a", msg: expect.stringContaining("given up") },
    ]);
    expect(await samples("kubemend_relay_unsendable_total")).toHaveLength(2);
  });
});

describe("a changed pipeline file", () => {
  it("is counted and logged, whether it is accepted or refused", async () => {
    report.reloaded("digest");
    report.reloadRefused("rules[0]: no");
    expect(lines).toMatchObject([
      { level: "info", pipeline: "digest" },
      { level: "error", msg: expect.stringContaining("rules[0]: no") },
    ]);
    expect(await samples("kubemend_relay_pipeline_reloads_total")).toEqual([
      'kubemend_relay_pipeline_reloads_total{outcome="accepted"} 1',
      'kubemend_relay_pipeline_reloads_total{outcome="refused"} 1',
    ]);
  });
});

describe("a pipeline that is planned again because more of it is served", () => {
  it("is logged with these resources, and is not counted as a change of the file", async () => {
    report.replanned("digest", ["widgets.example.com (v1)"]);
    expect(lines).toMatchObject([
      {
        level: "info",
        resources: ["widgets.example.com (v1)"],
        msg: "the cluster now serves these resources of the pipeline: their watches start",
      },
    ]);
    expect(await samples("kubemend_relay_pipeline_reloads_total")).toEqual([]);
  });
});

describe("readings", () => {
  it("are taken when they are asked for", async () => {
    statuses.set(WATCH.key, { state: "degraded", ready: true });
    report.epoch(7);
    expect(await samples("kubemend_relay_epoch")).toEqual(["kubemend_relay_epoch 7"]);
    expect(await samples("kubemend_relay_buffered_objects")).toEqual([
      "kubemend_relay_buffered_objects 3",
    ]);
    expect(await samples("kubemend_relay_buffered_bytes")).toEqual([
      "kubemend_relay_buffered_bytes 4096",
    ]);
    expect(await samples("kubemend_relay_checkpoint_age_seconds")).toEqual([
      `kubemend_relay_checkpoint_age_seconds{watch="${WATCH.key}"} 90`,
    ]);
    const states = await samples("kubemend_relay_watch_state");
    expect(states.filter((line) => line.endsWith(" 1"))).toEqual([
      `kubemend_relay_watch_state{watch="${WATCH.key}",state="degraded"} 1`,
    ]);
    expect(states).toHaveLength(6);
  });
});
