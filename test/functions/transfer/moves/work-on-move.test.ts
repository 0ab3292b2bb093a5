import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { findHolder } from "../../../../core/move/status/holder.ts";
import type { Move, MoveSpec, MoveStatus } from "../../../../events/moves/move.ts";
import { Killed } from "../../../support/move/killed-client.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";
import { MoveWork } from "../../../support/move/move-work.ts";

let world: MemoryWorld;
let work: MoveWork;
const { signal } = new AbortController();

beforeEach(() => {
  world = new MemoryWorld();
  work = new MoveWork(world);
});

async function read(): Promise<MoveStatus | undefined> {
  return (await world.store().find("m", signal))?.status;
}

/** Processes the messages of the sweep until the Move has ended or a few minutes are over. */
async function sweep(move: Move, minutes = 20): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await work.processAll(work.toMessage(move, `minute ${minute}`));
    if ((await read())?.phase === "Moved") return;
  }
}

function expectMoved(): void {
  expect(world.names("source")).toEqual([]);
  expect(world.names("target")).toEqual(["tops/a", "middles/b", "leafs/c"]);
}

function expectUntouched(): void {
  expect(world.names("source")).toEqual(["tops/a", "middles/b", "leafs/c"]);
  expect(world.names("target")).toEqual([]);
}

describe("a Move that the pipeline declares", () => {
  it("ends moved by the messages of the sweep", async () => {
    await sweep(await world.begin());
    expect((await read())?.phase).toBe("Moved");
    expectMoved();
  });

  it("continues at once with a message of its own if there is more to do", async () => {
    const move = await world.begin();
    await work.process(work.toMessage(move));
    expect((await read())?.phase).toBe("Waiting");
    expect(work.sent.map(({ data }) => data.move.name)).toEqual(["m"]);
    expect(work.sent[0]?.id).not.toBe(work.toMessage(move).id);
  });

  it("is found by the uid of its target alone, as the command begins it", async () => {
    await sweep(await world.begin({ target: { uid: "uid-of-target" } }));
    expectMoved();
  });

  it("is left alone while the command works on it, and continued when that was killed", async () => {
    const move = await world.begin();
    const until = new Date(world.nowMs + 60_000).toISOString();
    const at = new Date(world.nowMs).toISOString();
    const status = { phase: "Planning", since: at, startedAt: at, holder: { name: "cli", until } };
    await world.patchMove({ status });
    await work.processAll(work.toMessage(move));
    expect(work.counts).toEqual([]);
    expectUntouched();
    world.nowMs += 60_001;
    await sweep(move);
    expectMoved();
  });

  it("ends moved wherever the function is killed", async () => {
    for (let at = 1; ; at += 1) {
      world = new MemoryWorld();
      work = new MoveWork(world);
      const move = await world.begin();
      let sent = 0;
      world.around = async (send) => {
        sent += 1;
        if (sent > at) throw new Killed("nothing is sent any more");
        const answer = await send();
        if (sent === at) throw new Killed(`at request ${at}`);
        return answer;
      };
      const isKilled = await sweep(move).then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
      world.around = (send) => send();
      await sweep(move);
      expect([at, (await read())?.phase]).toEqual([at, "Moved"]);
      expectMoved();
      if (!isKilled) return;
    }
  });

  it("holds nobody up after it has ended", async () => {
    await sweep(await world.begin());
    expect((await read())?.holder).toBeUndefined();
  });
});

describe("a Move that the pipeline does not declare", () => {
  it.each<[string, Partial<MoveSpec>, RegExp]>([
    [
      "its target",
      { target: { cluster: "other" } },
      /no entry of moves in the pipeline is to other/,
    ],
    ["its finalizers", { removeFinalizers: ["*"] }, /removeFinalizers does not name \*/],
  ])("because of %s says so, and touches nothing", async (_what, spec, reason) => {
    await work.processAll(work.toMessage(await world.begin(spec)));
    expect((await read())?.problem).toMatchObject({
      code: "NotDeclared",
      reason: expect.stringMatching(reason) as string,
      wayOut: expect.stringContaining("moves of the pipeline") as string,
    });
    expectUntouched();
  });

  it("because of an owned object says so, and touches nothing", async () => {
    work.grants = work.grants.map((one) => ({ ...one, resources: ["tops.x.io", "middles.x.io"] }));
    await work.processAll(work.toMessage(await world.begin()));
    const problem = (await read())?.problem;
    expect(problem?.reason).toMatch(/do not name leafs\.x\.io/);
    expectUntouched();
  });

  it("is not continued by functions after its plan was stored by somebody else", async () => {
    const move = await world.begin();
    await work.process(work.toMessage(move));
    work.grants = work.grants.map((one) => ({ ...one, resources: ["tops.x.io"] }));
    await sweep(move, 3);
    expect((await read())?.problem?.code).toBe("NotDeclared");
    expectUntouched();
  });

  it("because nothing in it has the uid of its target, says so", async () => {
    await work.processAll(work.toMessage(await world.begin({ target: { uid: "elsewhere" } })));
    expect((await read())?.problem).toMatchObject({
      code: "NotDeclared",
      reason: expect.stringContaining("no cluster of the uid of its target"),
    });
    expectUntouched();
  });

  it.each([{ uid: "elsewhere" }, { cluster: "elsewhere" }])(
    "is rolled back by a person's word as long as it has changed nothing",
    async (target) => {
      const move = await world.begin({ target });
      await world.abort();
      await work.processAll(work.toMessage(move));
      const status = await read();
      expect(status?.phase).toBe("RolledBack");
      expect(status?.finishedAt).toBe(status?.since);
      expectUntouched();
    },
  );

  it("does not name its target by a name that another cluster has", async () => {
    work.open = async () => ({ ...world.toSide("target"), uid: "uid-of-another" });
    const target = { cluster: "target", uid: "uid-of-target" };
    await work.processAll(work.toMessage(await world.begin({ target })));
    expect((await read())?.problem?.code).toBe("ForeignCluster");
    expectUntouched();
  });
});

describe("a message", () => {
  it("about a Move of an older uid does nothing", async () => {
    const move = await world.begin();
    const metadata = { ...move.metadata, uid: "older" };
    await work.processAll(work.toMessage({ ...move, metadata }));
    expect(await read()).toBeUndefined();
  });

  it("is acknowledged while the target is away, which is the problem of the Move", async () => {
    const move = await world.begin();
    const reached = work.open;
    work.open = async () => {
      throw new KubemendError("Unreachable", "connection refused", { retryable: true });
    };
    await work.process(work.toMessage(move));
    expect((await read())?.problem).toMatchObject({
      code: "Unreachable",
      reason: "connection refused",
    });
    expect(work.sent).toEqual([]);
    work.open = reached;
    await sweep(move);
    expectMoved();
    expect((await read())?.problem).toBeUndefined();
  });

  it("about a Move that waits is followed by none", async () => {
    await world.patch("source", "tops/a", {
      metadata: { annotations: { "kubemend.dev/block-move": "true" } },
    });
    const move = await world.begin();
    await work.processAll(work.toMessage(move));
    await work.process(work.toMessage(move, "2"));
    expect((await read())?.current?.waitsFor).toMatch(/block-move/);
    expect(work.sent).toEqual([]);
    const after = (await read())?.holder;
    expect(findHolder({ status: await read() }, world.nowMs)).toBeUndefined();
    expect(after?.until).toBe(new Date(world.nowMs).toISOString());
  });
});
