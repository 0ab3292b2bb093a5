import type { SQSClient } from "@aws-sdk/client-sqs";
import { sha256 } from "../../events/ids.ts";
import { sendBatch, type SqsEntry } from "../../adapters/sqs/send-batch.ts";
import type { KubemendError } from "../../core/errors.ts";
import { openLetterQueue, type LetterQueue } from "./letter-queue.ts";
import type { Letter } from "./read-letter.ts";

/** Letters per call to SQS. */
const BATCH_SIZE = 10;

export type RedriveInput = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly targetUrl: string;
  readonly fifo: boolean;
  /** Only lists the letters. */
  readonly dryRun: boolean;
  /** Deletes the letters instead of moving them. */
  readonly discard: boolean;
  /** Whether a letter is to be moved. */
  readonly fits: (letter: Letter) => boolean;
  /** Called for each letter, in the queue's order, with its outcome. */
  readonly onLetter: (letter: Letter, fate: LetterFate) => void;
  /** Called after each batch with the number of letters read and the approximate total. */
  readonly onProgress: (seen: number, total: number) => void;
};

export type LetterFate =
  | { readonly outcome: "moved" | "listed" | "skipped" | "discarded" }
  | { readonly outcome: "refused"; readonly error: KubemendError };

export type RedriveCounts = {
  readonly moved: number;
  readonly discarded: number;
  readonly listed: number;
  readonly skipped: number;
  readonly refused: number;
};

/**
 * Moves dead letters back to the queue that they came from, or discards them. A letter is deleted only after that queue has accepted it. Its
 * deduplication id is derived from the letter, so that if a run dies between the two, the next run sends no duplicate within
 * SQS's five minutes. Groups keep their order: no letter overtakes one of its group that stays. Letters that arrive during the
 * run are left alone: those that fail again at once would otherwise circulate forever. Throws if a queue is unavailable;
 * letters that were moved stay moved.
 */
export async function redrive(input: RedriveInput, signal: AbortSignal): Promise<RedriveCounts> {
  const counts = { moved: 0, discarded: 0, listed: 0, skipped: 0, refused: 0 };
  const seen = new Set<string>();
  const staying: Letter[] = [];
  const queue = openLetterQueue(input);
  const total = await queue.count(signal);
  try {
    while (seen.size < total && !signal.aborted) {
      const size = Math.min(BATCH_SIZE, total - seen.size);
      const received = await queue.receive(size);
      const letters = received.filter(({ id }) => !seen.has(id));
      if (letters.length === 0) break;
      for (const letter of letters) seen.add(letter.id);
      // Everything that is held here is released in any case, except letters that were moved.
      staying.push(...letters);
      const fates = await settle(input, queue, letters);
      for (const letter of letters) {
        const fate = fates.get(letter.id) ?? { outcome: "skipped" };
        counts[fate.outcome] += 1;
        if (fate.outcome === "moved" || fate.outcome === "discarded") {
          staying.splice(staying.indexOf(letter), 1);
        }
        input.onLetter(letter, fate);
      }
      input.onProgress(seen.size, total);
      const outage = findOutage(letters, fates);
      if (outage !== undefined) throw outage;
    }
  } finally {
    await queue.release(staying);
  }
  return counts;
}

/** Sends and then deletes, even if it is asked to stop: between the two is not a good place to stop. */
async function settle(
  input: RedriveInput,
  queue: LetterQueue,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, LetterFate>> {
  if (input.discard) return discard(input, queue, letters);
  const fates = new Map<string, LetterFate>();
  const wanted = planMoves(letters, input);
  if (input.dryRun) {
    for (const { id } of wanted) fates.set(id, { outcome: "listed" });
    return fates;
  }
  const { client, targetUrl: queueUrl, fifo } = input;
  const outcomes = await sendBatch(
    { client, queueUrl },
    wanted.map((letter) => toEntry(letter, fifo)),
  );
  for (const [index, letter] of wanted.entries()) {
    const outcome = outcomes[index];
    if (outcome?.outcome !== "accepted") {
      if (outcome !== undefined) fates.set(letter.id, outcome);
      continue;
    }
    await queue.remove(letter);
    fates.set(letter.id, { outcome: "moved" });
  }
  return fates;
}

/** Deletes the letters that are wanted. Order does not matter here: what is deleted overtakes nothing. */
async function discard(
  { dryRun, fits }: RedriveInput,
  queue: LetterQueue,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, LetterFate>> {
  const fates = new Map<string, LetterFate>();
  for (const letter of letters.filter(fits)) {
    if (!dryRun) await queue.remove(letter);
    fates.set(letter.id, { outcome: dryRun ? "listed" : "discarded" });
  }
  return fates;
}

/** The letters to move, but none that follows a letter of its group that stays. */
function planMoves(letters: readonly Letter[], { fits, fifo }: RedriveInput): readonly Letter[] {
  const blocked = new Set<string | undefined>();
  return letters.filter((letter) => {
    const { groupId } = letter;
    if (fits(letter) && !blocked.has(groupId)) return true;
    if (fifo) blocked.add(groupId);
    return false;
  });
}

function toEntry({ id, body, groupId, attributes }: Letter, fifo: boolean): SqsEntry {
  const rest = Object.keys(attributes).length === 0 ? {} : { attributes };
  if (!fifo) return { body, ...rest };
  return { body, ...rest, groupId: groupId ?? id, deduplicationId: sha256("redrive", id) };
}

/** The error of an unavailable queue. Only the first refusal of a group counts: the later ones were not sent because of it. */
function findOutage(
  letters: readonly Letter[],
  fates: ReadonlyMap<string, LetterFate>,
): KubemendError | undefined {
  const seen = new Set<string>();
  for (const { id, groupId = id } of letters) {
    const fate = fates.get(id);
    if (fate?.outcome !== "refused" || seen.has(groupId)) continue;
    seen.add(groupId);
    if (fate.error.retryable) return fate.error;
  }
  return undefined;
}
