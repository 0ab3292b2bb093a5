import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";

/** What a function does with a record that was received so many times. */
export type Process = (
  record: SqsRecord,
  received: number,
) => MessageVerdict | Promise<MessageVerdict>;

export type Sent = { readonly group: string; readonly body: string };

export type Scenario = {
  readonly name: string;
  /** Bodies; the letter is the group. */
  readonly batch: readonly string[];
  /** Outcomes at the first delivery; records that are not named succeed, and so does everything at later deliveries. */
  readonly verdicts: Readonly<Record<string, MessageVerdict | "hangs">>;
  readonly remainingMs?: number;
  readonly processed: readonly string[];
  readonly givenBack: readonly string[];
  readonly dead?: readonly string[];
};

export const DONE: MessageVerdict = { outcome: "done" };
export const AWAY: MessageVerdict = {
  outcome: "retry",
  code: "Unavailable",
  reason: "away",
  delaySeconds: 1,
};
export const POISON: MessageVerdict = {
  outcome: "poison",
  code: "MalformedMessage",
  reason: "not ours",
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "a temporary failure returns that record and the later ones of its group, and other groups continue",
    batch: ["a1", "a2", "b1", "a3", "b2", "a4"],
    verdicts: { a2: AWAY },
    processed: ["a1", "a2", "b1", "b2"],
    givenBack: ["a2", "a3", "a4"],
  },
  {
    name: "each group stops at its own failure",
    batch: ["a1", "b1", "c1", "a2", "b2", "c2"],
    verdicts: { a1: AWAY, c2: AWAY },
    processed: ["a1", "b1", "c1", "b2", "c2"],
    givenBack: ["a1", "a2", "c2"],
  },
  {
    name: "a poison message is dead-lettered at once with its reason, and its group continues",
    batch: ["a1", "a2", "a3", "b1"],
    verdicts: { a2: POISON },
    processed: ["a1", "a2", "a3", "b1"],
    givenBack: [],
    dead: ["a2"],
  },
  {
    name: "the messages after a poison message still stop at a temporary failure",
    batch: ["a1", "a2", "a3"],
    verdicts: { a1: POISON, a2: AWAY },
    processed: ["a1", "a2"],
    givenBack: ["a2", "a3"],
    dead: ["a1"],
  },
  {
    name: "the handler stops in time before the timeout, and returns the records that are not processed",
    batch: ["a1", "a2", "a3", "a4"],
    verdicts: { a2: "hangs" },
    remainingMs: 400,
    processed: ["a1", "a2"],
    givenBack: ["a2", "a3", "a4"],
  },
];

/** Groups are processed concurrently, and ElasticMQ returns a batch group by group: only the order within a group matters. */
export function byGroup(bodies: readonly (string | undefined)[]): readonly string[] {
  const texts = bodies.map((body) => body ?? "");
  return texts.toSorted((left, right) => left.slice(0, 1).localeCompare(right.slice(0, 1)));
}

export function toSent(body: string): Sent {
  return { group: body.slice(0, 1), body };
}

export function toProcess(scenario: Scenario): Process {
  return ({ body }, received) => {
    const verdict = received > 1 ? DONE : (scenario.verdicts[body] ?? DONE);
    return verdict === "hangs" ? new Promise(() => {}) : verdict;
  };
}
