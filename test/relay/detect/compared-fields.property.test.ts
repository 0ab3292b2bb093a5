import fc from "fast-check";
import { expect, it } from "vitest";
import { Cluster, Pair, Relay, type Message } from "./mortal-relays.ts";

/** Before the first message, what is known is the value of the first start. */
const FIRST_VALUE = "A";

/**
 * Each answer of a relay alone against what the queue had accepted before. A state that comes again has its earlier answer, or none; any
 * other is compared with the state before it. Nothing but a gap makes an answer unknown, because every state has been read whole.
 */
function expectAnswersAboutTheQueue(queue: readonly Message[], hasGaps: boolean): void {
  const wrong = queue.filter(({ name, version, value, answer, change }, index) => {
    if (answer === "unknown") return change === "modified" && !hasGaps;
    const before = queue.slice(0, index).filter((other) => other.name === name);
    const last = before.findLast((other) => other.version !== version)?.value ?? FIRST_VALUE;
    const same = before.filter((other) => other.version === version);
    const earlier = same.find((other) => other.answer !== "unknown")?.answer;
    return answer !== (earlier ?? (last === value ? "no" : "yes"));
  });
  expect({ wrong, queue }).toEqual({ wrong: [], queue });
}

/** Relays of one Lease send every state, so each answer is about the state before it, whoever gives it and however often. */
function expectAnswersAboutTheStates({ history }: Cluster, queue: readonly Message[]): void {
  const wrong = queue.filter(({ name, version, value, answer, change, gap }) => {
    if (change !== "modified" || gap) return answer !== "unknown";
    const before = history.findLast((state) => state.name === name && state.version < version);
    return answer !== (before?.value === value ? "no" : "yes");
  });
  expect({ wrong, queue }).toEqual({ wrong: [], queue });
}

/** Each run opens a few journals. */
const RUNS = 60;

const name = fc.constantFrom("a", "b");
const value = fc.constantFrom("A", "A", "B", "C");
const COMMON = [
  { weight: 6, arbitrary: fc.record({ type: fc.constant("write" as const), name, value }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("send" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      answer: fc.constantFrom(
        "accepted" as const,
        "accepted" as const,
        "uncommitted" as const,
        "lost" as const,
        "refused" as const,
      ),
    }),
  },
];

const step = fc.oneof(
  ...COMMON,
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("kill" as const) }) },
  { weight: 1, arbitrary: fc.constant({ type: "snapshot" as const }) },
);

it("a relay alone never gives a wrong answer, and each that it can know, whatever is killed, lost or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 50 }), async (steps) => {
      const cluster = new Cluster();
      const queue: Message[] = [];
      using relay = new Relay(cluster, queue);
      await relay.snapshot();
      for (const one of steps) {
        if (one.type === "write") cluster.write(one.name, one.value);
        if (one.type === "read") await relay.read(one.count);
        if (one.type === "send") relay.send();
        if (one.type === "answer") relay.answer(one.answer);
        if (one.type === "kill") relay.kill();
        if (one.type === "snapshot") await relay.snapshot();
      }
      await finish(relay);
      expectAnswersAboutTheQueue(
        queue,
        steps.some(({ type }) => type === "snapshot"),
      );
    }),
    { numRuns: RUNS },
  );
}, 120_000);

const pairStep = fc.oneof(
  ...COMMON,
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 4 }),
      which: fc.constantFrom("leader" as const, "standby" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("publish" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("failOver" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("snapshot" as const) }) },
);

it("relays of one Lease never give a wrong answer, whoever dies and takes over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pairStep, { minLength: 30, maxLength: 80 }), async (steps) => {
      using pair = new Pair();
      await pair.leader.snapshot();
      await pair.publish();
      pair.standby.restart();
      for (const one of steps) {
        if (one.type === "write") pair.cluster.write(one.name, one.value);
        if (one.type === "read") await pair[one.which].read(one.count);
        if (one.type === "send") pair.leader.send();
        if (one.type === "answer") pair.leader.answer(one.answer);
        if (one.type === "publish") await pair.publish();
        if (one.type === "failOver") await pair.failOver();
        if (one.type === "snapshot") await pair.standby.snapshot();
      }
      await finish(pair.leader);
      expectAnswersAboutTheStates(pair.cluster, pair.queue);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

/** Everything is read, and the queue accepts everything. */
async function finish(relay: Relay): Promise<void> {
  await relay.read(Number.POSITIVE_INFINITY);
  await relay.read(Number.POSITIVE_INFINITY);
  while (relay.hasUnsent()) {
    relay.send();
    relay.answer("accepted");
  }
}
