import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, expect, it, vi } from "vitest";
import type { KubernetesClient } from "../../../../../adapters/kubernetes/http/client.ts";
import { createMoveStore } from "../../../../../adapters/kubernetes/move/move-store.ts";
import { isKubemendError } from "../../../../../core/errors.ts";
import type { Move } from "../../../../../events/moves/move.ts";
import type { MoveSteps } from "../../../../../events/moves/move-steps.ts";
import { runMove } from "../../../../../functions/transfer/move/run-move.ts";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

const TIMEOUT_MS = 600_000;
const MOVE_PATH = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves/m";
const STEPS_PATH = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/movesteps/";
const LONG = Array.from({ length: 60 }, (_, at) => `x.io/${"a".repeat(900)}-${at}`);

/** The pause after a conflict is over at once. */
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

/** A run of the phase Planning, whose requests are sent one by one, when it is its turn. */
class Planner {
  readonly ended: Promise<void>;
  #isOver = false;
  readonly #waiting: (() => Promise<void>)[] = [];

  constructor(world: MemoryWorld) {
    const deps = world.toDeps();
    const sides = {
      source: { ...deps.sides.source, client: this.#wrap(deps.sides.source.client) },
      target: { ...deps.sides.target, client: this.#wrap(deps.sides.target.client) },
    };
    const store = createMoveStore({ client: sides.source.client, namespace: "kubemend" });
    const run = runMove(
      { ...deps, sides, store, isOver: () => true },
      "m",
      new AbortController().signal,
    );
    this.ended = run.then(
      () => void (this.#isOver = true),
      (error: unknown) => {
        this.#isOver = true;
        // The other one has been faster.
        if (!isKubemendError(error, "Conflict")) throw error;
      },
    );
  }

  /** Sends one request; false if there is none any more. */
  async step(): Promise<boolean> {
    while (this.#waiting.length === 0 && !this.#isOver) await setImmediate();
    const next = this.#waiting.shift();
    await next?.();
    return next !== undefined;
  }

  #wrap(client: KubernetesClient): KubernetesClient {
    return {
      ...client,
      server: "",
      request: <T>(request: Parameters<KubernetesClient["request"]>[0]) =>
        new Promise<T>((resolve, reject) => {
          this.#waiting.push(() => client.request<T>(request).then(resolve, reject));
        }),
    };
  }
}

const readMove = (world: MemoryWorld) => world.source.objects.get(MOVE_PATH) as unknown as Move;

/** A Move that has been planned has all parts of its plan. */
function checkParts(world: MemoryWorld): void {
  const { status } = readMove(world);
  if (status === undefined || status.phase === "Planning") return;
  const parts = [...world.source.objects].flatMap(([path, object]) => {
    const { spec } = object as unknown as MoveSteps;
    return path.startsWith(STEPS_PATH) && spec.plan === status.plan ? [spec.index] : [];
  });
  expect(parts.toSorted((left, right) => left - right)).toEqual([1, 2]);
  expect(status.chunks).toBe(2);
}

async function createWorld(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  const metadata = { finalizers: LONG };
  for (const path of ["middles/b", "leafs/c"] as const) {
    await world.patch("source", path, { metadata });
  }
  await world.begin();
  return world;
}

/** Turns of the two planners: how many requests each sends before it is suspended. At the end each of them sends the rest. */
type Turns = readonly { readonly of: 0 | 1; readonly requests: number }[];

async function plan(turns: Turns): Promise<void> {
  const world = await createWorld();
  const planners = [new Planner(world), new Planner(world)] as const;
  const rest = [0, 1].map((of) => ({ of: of as 0 | 1, requests: Number.POSITIVE_INFINITY }));
  for (const { of, requests } of [...turns, ...rest]) {
    for (let sent = 0; sent < requests && (await planners[of].step()); sent += 1) checkParts(world);
  }
  await Promise.all(planners.map(({ ended }) => ended));
  // If the Move has no plan yet, it was left to the next run.
  if (readMove(world).status?.phase === "Planning") {
    const next = new Planner(world);
    while (await next.step()) checkParts(world);
    await next.ended;
  }
  expect(readMove(world).status?.phase).not.toBe("Planning");
  checkParts(world);
}

async function countRequests(): Promise<number> {
  const planner = new Planner(await createWorld());
  let count = 0;
  while (await planner.step()) count += 1;
  return count;
}

it(
  "a Move has its whole plan wherever two runs that plan it are suspended",
  async () => {
    const count = await countRequests();
    expect(count).toBeGreaterThan(10);
    for (let first = 0; first <= count; first += 1) {
      for (let second = 0; second <= count; second += 1) {
        await plan([
          { of: 0, requests: first },
          { of: 1, requests: second },
        ]);
      }
    }
  },
  TIMEOUT_MS,
);

it(
  "a Move has its whole plan however often two runs that plan it are suspended",
  async () => {
    const requests = fc.integer({ min: 1, max: 12 });
    const turn = fc.record({ of: fc.constantFrom<0 | 1>(0, 1), requests });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 12 }), async (turns) => plan(turns)),
      { numRuns: 300 },
    );
  },
  TIMEOUT_MS,
);
