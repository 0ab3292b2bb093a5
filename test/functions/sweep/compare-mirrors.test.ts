import { describe, expect, it } from "vitest";
import { isMoveMessage, parseTransferMessage } from "../../../events/transfer.ts";
import type { Mirror } from "../../../events/mirrors/mirror.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { NOTHING_COMPARED } from "../../../core/mirror/state/comparison.ts";
import { compareMirrors } from "../../../functions/sweep/compare-mirrors.ts";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const metadata = { namespace: "kubemend", uid: "u", resourceVersion: "1" };

function toPipeline() {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["a", "b"].map((name) => ({ name, access: { secret: name } })),
    rules: [
      { id: "m", on: { resource: "configmaps" }, then: [{ mirror: { to: ["a", "b"] } }] }, // oxlint-disable-line unicorn/no-thenable -- a rule has a key then
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toMirror(target: string, minutesAgo: number): Mirror {
  const time = new Date(NOW - minutesAgo * 60_000).toISOString();
  const last = { startedAt: time, finishedAt: time, ...NOTHING_COMPARED };
  const [rule] = toPipeline().rules;
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Mirror",
    metadata: { ...metadata, name: `m.${target}` },
    spec: { cluster: { name: "prod", uid: "c" }, rule: "m", target },
    status: { state: "InSync", since: time, ruleDigest: rule?.digest, lastComparison: last },
  };
}

async function run(
  mirrors: readonly Mirror[],
  paused?: { readonly reason: string },
  clusterUid = "c",
) {
  const sent: SqsEntry[] = [];
  const report = await compareMirrors(
    {
      pipeline: async () => toPipeline(),
      clusterUid: async () => clusterUid,
      mirrors: async () => mirrors,
      guards: async () =>
        paused === undefined
          ? []
          : [
              {
                apiVersion: "a",
                kind: "b",
                metadata: { ...metadata, name: "all" },
                spec: { paused },
              },
            ],
      send: async (entries) => void sent.push(...entries),
      now: () => NOW,
    },
    new AbortController().signal,
  );
  const targets = sent.map(({ body }) => {
    const parsed = parseTransferMessage(body);
    if (parsed.outcome === "refused") return parsed.reason;
    return isMoveMessage(parsed.value) ? "a move" : parsed.value.data.target.name;
  });
  return { report, targets, sent };
}

describe("the sweep", () => {
  it("asks for the comparison of each mirror that was never compared", async () => {
    const { report, targets } = await run([]);
    expect(targets).toEqual(["a", "b"]);
    expect(report).toEqual({ mirrors: 2, due: 2, behind: 0 });
  });

  it("asks only for those that are due", async () => {
    expect((await run([toMirror("a", 10), toMirror("b", 70)])).targets).toEqual(["b"]);
  });

  it("asks for one that somebody has requested", async () => {
    const mirror = toMirror("a", 10);
    const annotations = { "kubemend.dev/compare-requested": "now" };
    const requested = { ...mirror, metadata: { ...mirror.metadata, annotations } };
    expect((await run([requested, toMirror("b", 10)])).targets).toEqual(["a"]);
  });

  it("sends a request in the minute of another comparison, and sends it once", async () => {
    const idOf = async (request?: string) => {
      const mirror = toMirror("a", 70);
      const annotations =
        request === undefined ? {} : { "kubemend.dev/compare-requested": request };
      const { sent } = await run([{ ...mirror, metadata: { ...mirror.metadata, annotations } }]);
      return sent[0]?.deduplicationId;
    };
    const ids = await Promise.all([idOf(), idOf("first"), idOf("second")]);
    expect(new Set(ids).size).toBe(3);
    expect(await idOf("first")).toBe(ids[1]);
  });

  it("leaves a request that could not be stored as answered", async () => {
    const mirror = toMirror("a", 10);
    const annotations = { "kubemend.dev/compare-requested": "x".repeat(65) };
    const requested = { ...mirror, metadata: { ...mirror.metadata, annotations } };
    expect((await run([requested, toMirror("b", 10)])).targets).toEqual([]);
  });

  it("asks for the comparisons of each source cluster in messages of their own", async () => {
    const one = await run([], undefined, "c");
    const other = await run([], undefined, "d");
    const all = [...one.sent, ...other.sent];
    expect(new Set(all.map(({ groupId }) => groupId)).size).toBe(4);
    expect(new Set(all.map(({ deduplicationId }) => deduplicationId)).size).toBe(4);
  });

  it("asks once in a minute, however often it runs", async () => {
    const [first] = (await run([])).sent;
    const [second] = (await run([])).sent;
    expect(first?.deduplicationId).toBe(second?.deduplicationId);
  });

  it("asks for none of a rule that is paused, but once for the state to say so", async () => {
    expect((await run([toMirror("a", 10)], { reason: "upgrade" })).targets).toEqual(["a"]);
  });

  it("counts a mirror whose comparisons have failed for five minutes as Behind", async () => {
    const failing = (minutes: number): Mirror => {
      const mirror = toMirror("a", 10);
      const since = new Date(NOW - minutes * 60_000).toISOString();
      const status = { state: "Comparing", since, failingSince: since, reason: "500" } as const;
      return { ...mirror, status };
    };
    expect((await run([failing(4), toMirror("b", 10)])).report.behind).toBe(0);
    expect((await run([failing(5), toMirror("b", 10)])).report.behind).toBe(1);
  });

  it("has a mirror that no rule keeps shown as Obsolete, once, if it is of this cluster", async () => {
    const mirror = toMirror("c", 10);
    const obsolete = { ...mirror, status: { ...mirror.status, state: "Obsolete" } } as Mirror;
    const kept = [toMirror("a", 10), toMirror("b", 10)];
    expect((await run([...kept, mirror])).targets).toEqual(["c"]);
    expect((await run([...kept, obsolete])).targets).toEqual([]);
    expect((await run([...kept, mirror], undefined, "other")).targets).toEqual([]);
  });
});
