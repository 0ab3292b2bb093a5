import { beforeEach, expect, it } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { viewFrom } from "../../../core/pipeline/source-view.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { isMoveMessage, parseTransferMessage } from "../../../events/transfer.ts";
import { wakeMoves } from "../../../functions/sweep/wake-moves.ts";
import { MemoryWorld } from "../../support/move/memory-world.ts";

const uid = "eeeeeeee-0000-4000-8000-00000000000e";
const GRANT = { to: ["target"], resources: ["configmaps"] };
let world: MemoryWorld;

beforeEach(() => {
  world = new MemoryWorld();
});

function toPipeline(moves?: readonly object[]): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "source" },
    clusters: [{ name: "target", uid, access: { secret: "target" } }],
    watch: [{ resource: "pods" }],
    ...(moves === undefined ? {} : { moves }),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

async function run(pipeline: Pipeline | undefined = toPipeline([GRANT])) {
  const sent: SqsEntry[] = [];
  const report = await wakeMoves(
    {
      pipeline: async () => pipeline,
      clusterUid: async () => "uid-of-source",
      client: world.toSide("source").client,
      namespace: "kubemend",
      send: async (entries) => void sent.push(...entries),
      now: () => world.nowMs,
    },
    new AbortController().signal,
  );
  return { report, sent };
}

it("each Move that has not ended is sent, by its identity alone", async () => {
  const { metadata } = await world.begin();
  const { report, sent } = await run();
  expect(report).toEqual({ moves: 1, problems: 0, postponed: 0 });
  const [parsed] = sent.map(({ body }) => parseTransferMessage(body));
  if (parsed?.outcome !== "parsed" || !isMoveMessage(parsed.value)) throw new Error("no message");
  expect(parsed.value.data).toEqual({
    cluster: { name: "source", uid: "uid-of-source" },
    reason: "move",
    move: { name: "m", uid: metadata.uid },
  });
});

it("two runs in one minute send it once, and the next minute again, in one group", async () => {
  await world.begin();
  world.nowMs = Date.parse("2026-11-30T12:00:10.000Z");
  const [first] = (await run()).sent;
  world.nowMs += 20_000;
  const [second] = (await run()).sent;
  world.nowMs += 60_000;
  const [third] = (await run()).sent;
  expect(second?.deduplicationId).toBe(first?.deduplicationId);
  expect(third?.deduplicationId).not.toBe(first?.deduplicationId);
  expect(third?.groupId).toBe(first?.groupId);
});

it("one that has ended is not sent", async () => {
  await world.begin();
  await world.follow();
  expect(await run()).toEqual({ report: { moves: 0, problems: 0, postponed: 0 }, sent: [] });
});

it("one that somebody works on is not sent until that has run out", async () => {
  await world.begin();
  const at = new Date(world.nowMs).toISOString();
  const until = new Date(world.nowMs + 30_000).toISOString();
  const holder = { name: "cli", until };
  await world.patchMove({ status: { phase: "Planning", since: at, startedAt: at, holder } });
  expect((await run()).sent).toEqual([]);
  world.nowMs += 30_001;
  expect((await run()).sent).toHaveLength(1);
});

it("one with a problem is counted, and sent all the same", async () => {
  await world.begin();
  const at = new Date(world.nowMs).toISOString();
  const problem = { code: "Blocked", step: "wait", reason: "r", wayOut: "w", since: at };
  await world.patchMove({ status: { phase: "Waiting", since: at, startedAt: at, problem } });
  const { report, sent } = await run();
  expect(report).toEqual({ moves: 1, problems: 1, postponed: 0 });
  expect(sent).toHaveLength(1);
});

it("without moves in the pipeline no Move is asked for", async () => {
  await world.begin();
  const asked: string[] = [];
  world.around = (send, { path }) => {
    asked.push(path);
    return send();
  };
  expect(await run(toPipeline())).toEqual({ report: undefined, sent: [] });
  expect(asked).toEqual([]);
});

it("the Moves of another cluster are asked for only if they are meant", async () => {
  await world.begin();
  const meant = toPipeline([{ ...GRANT, to: ["source"], from: ["target"] }]);
  expect((await run(viewFrom(meant, "target"))).sent).toHaveLength(1);
  expect((await run(viewFrom(meant, "source"))).report).toBeUndefined();
  expect((await run(viewFrom(toPipeline([GRANT]), "target"))).report).toBeUndefined();
});
