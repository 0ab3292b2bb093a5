import { describe, expect, it } from "vitest";
import type { Move, MoveStatus } from "../../../events/moves/move.ts";
import { chooseMoves } from "../../../functions/sweep/choose-moves.ts";
import { wakeMoves } from "../../../functions/sweep/wake-moves.ts";
import { isMoveMessage, parseTransferMessage } from "../../../events/transfer.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { MemoryWorld } from "../../support/move/memory-world.ts";
import { MoveWork } from "../../support/move/move-work.ts";

const START = Date.parse("2026-11-30T12:00:00.000Z");
const MINUTE_MS = 60_000;

function at(minutes: number): string {
  return new Date(START + minutes * MINUTE_MS).toISOString();
}

function toMove(
  uid: string,
  { status, abort, metadata }: { status?: Partial<MoveStatus>; abort?: true; metadata?: object },
): Move {
  const begun = { phase: "Planning", since: at(0), startedAt: at(0), ...status } as const;
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Move",
    metadata: { name: uid, namespace: "kubemend", uid, resourceVersion: "1", ...metadata },
    spec: { target: { cluster: "new" }, select: [{ resource: "pods" }], abort },
    ...(status === undefined ? {} : { status: begun }),
  };
}

/** A Move that was looked at at the minute `looked`, and has had a problem since minute 0. */
function withProblem(
  looked: number,
  { status, ...rest }: Parameters<typeof toMove>[1] = {},
  uid = "m",
): Move {
  const problem = { code: "Blocked", step: "wait", reason: "r", wayOut: "w", since: at(0) };
  const holder = { name: "transfer", until: at(looked) };
  return toMove(uid, { ...rest, status: { problem, holder, ...status } });
}

function isChosen(move: Move, minutes: number): boolean {
  const nowMs = START + minutes * MINUTE_MS;
  return chooseMoves([move], { occasion: "o", nowMs }).chosen.length === 1;
}

describe("a Move with a problem", () => {
  it("that nothing has changed for is asked for after twice the time, up to 15 minutes", () => {
    const gaps = [1, 2, 4, 8, 16, 31].map((looked) => {
      for (let gap = 1; ; gap += 1) if (isChosen(withProblem(looked), looked + gap)) return gap;
    });
    expect(gaps).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it("whose objects may be paused is asked for every 5 minutes at least", () => {
    const move = withProblem(60, { status: { phase: "Creating" } });
    expect(isChosen(move, 64)).toBe(false);
    expect(isChosen(move, 65)).toBe(true);
  });

  it("that a person has aborted is asked for with the next run", () => {
    expect(isChosen(withProblem(60, { abort: true }), 61)).toBe(true);
    const over = { phase: "Deleting", pointOfNoReturnAt: at(0) } as const;
    expect(isChosen(withProblem(60, { abort: true, status: over }), 61)).toBe(false);
  });

  it("that a person deletes, and a finalizer holds, is asked for with the next run", () => {
    const metadata = { deletionTimestamp: at(60), deletionGracePeriodSeconds: 0 };
    expect(isChosen(withProblem(60, { metadata }), 61)).toBe(true);
  });

  it("that somebody has changed since its last look is asked for with the next run", () => {
    const toEntries = (entry: object) => ({ metadata: { managedFields: [entry] } });
    const changed = toEntries({ manager: "kubectl-edit", time: at(60.5) });
    expect(isChosen(withProblem(60, changed), 61)).toBe(true);
    const looked = toEntries({ manager: "transfer", time: at(60.5), subresource: "status" });
    expect(isChosen(withProblem(60, looked), 61)).toBe(false);
    const earlier = toEntries({ manager: "kubectl-create", time: at(30) });
    expect(isChosen(withProblem(60, earlier), 61)).toBe(false);
    const odd = { metadata: { managedFields: [null, 3, { time: {} }, { time: "soon" }] } };
    expect(isChosen(withProblem(60, odd), 61)).toBe(false);
  });

  it("and that no run has looked at is asked for with the next run", () => {
    expect(isChosen(withProblem(60, { status: { holder: undefined } }), 61)).toBe(true);
  });
});

it("a Move without a problem is asked for with every run, however long it has waited", () => {
  const status = { phase: "Waiting", holder: { name: "transfer", until: at(600) } } as const;
  expect(isChosen(toMove("m", { status }), 601)).toBe(true);
});

describe("more Moves than one run asks for", () => {
  const many = Array.from({ length: 200 }, (_, index) => toMove(`uid-${index}`, {}));
  const choose = (moves: readonly Move[], occasion: string) => {
    const { chosen, postponed } = chooseMoves(moves, { occasion, nowMs: START });
    return { uids: chosen.map(({ metadata }) => metadata.uid), postponed };
  };

  it("are asked for by lot, the same ones by two runs of one minute, and the others counted", () => {
    const { uids, postponed } = choose(many, "1");
    expect([uids.length, postponed]).toEqual([50, 150]);
    expect(choose(many.toReversed(), "1").uids).toEqual(uids);
    expect(choose(many, "2").uids).not.toEqual(uids);
  });

  it("hold none of them up for ever, although those that were asked for stay as they are", () => {
    const seen = new Set<string>();
    for (let minute = 0; minute < 60; minute += 1) {
      for (const uid of choose(many, String(minute)).uids) seen.add(uid);
    }
    expect(seen.size).toBe(200);
  });

  it("let those pass that have begun to change objects, also if all others were aborted", () => {
    const begun = toMove("begun", { status: { phase: "Creating" } });
    const aborted = many.map((move) => ({ ...move, spec: { ...move.spec, abort: true } }));
    const { uids } = choose([...aborted, begun], "1");
    expect(uids[0]).toBe("begun");
    expect(uids).toHaveLength(50);
  });
});

it("sweep and transfer look at a Move that stays refused twelve times in two hours", async () => {
  const world = new MemoryWorld();
  const work = new MoveWork(world);
  await world.begin({ removeFinalizers: ["*"] });
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "source" },
    clusters: [{ name: "target", access: { secret: "target" } }],
    watch: [{ resource: "pods" }],
    moves: [{ to: ["target"], resources: ["tops.x.io"] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const looks: number[] = [];
  for (let minute = 0; minute < 120; minute += 1) {
    await wakeMoves(
      {
        pipeline: async () => parsed.value,
        clusterUid: async () => "uid-of-source",
        client: world.toSide("source").client,
        namespace: "kubemend",
        now: () => world.nowMs,
        async send(entries) {
          for (const { body } of entries) {
            const message = parseTransferMessage(body);
            if (message.outcome === "refused" || !isMoveMessage(message.value)) throw new Error();
            looks.push(minute);
            await work.processAll(message.value);
          }
        },
      },
      new AbortController().signal,
    );
    world.nowMs += MINUTE_MS;
  }
  expect(looks).toEqual([0, 1, 2, 4, 8, 16, 31, 46, 61, 76, 91, 106]);
});
