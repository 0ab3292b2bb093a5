import type { SQSClient } from "@aws-sdk/client-sqs";
import { sha256 } from "../../events/ids.ts";
import { sendBatch, type SqsEntry } from "../../adapters/sqs/send-batch.ts";
import type { KubemendError } from "../../core/errors.ts";
import { openLetterQueue, type LetterQueue } from "./letter-queue.ts";
import type { Letter } from "./read-letter.ts";

/** Letters of one call to SQS. */
const BATCH_SIZE = 10;

export type RedriveInput = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly targetUrl: string;
  readonly fifo: boolean;
  /** Lists only. */
  readonly dryRun: boolean;
  /** Only such letters are moved. */
  readonly fits: (letter: Letter) => boolean;
  /** Called for each letter, in the queue's order, with what became of it. */
  readonly onLetter: (letter: Letter, fate: LetterFate) => void;
  /** Called after each batch: how many were looked at, of about how many. */
  readonly onProgress: (seen: number, total: number) => void;
};

export type LetterFate =
  | { readonly outcome: "moved" | "listed" | "skipped" }
  | { readonly outcome: "refused"; readonly error: KubemendError };

export type RedriveCounts = {
  readonly moved: number;
  readonly listed: number;
  readonly skipped: number;
  readonly refused: number;
};

/**
 * Moves dead letters back to the queue that they came from. A letter is deleted only after that queue has accepted it, and sent
 * under a deduplication id of its own: of this letter, so that a run that dies between the two sends no second one within SQS's
 * five minutes. Groups keep their order: nothing of a group passes a letter that stays. Letters that arrive meanwhile are left:
 * those that fail again at once would go round for ever. Throws where a queue is away; what was moved is moved.
 */
export async function redrive(input: RedriveInput, signal: AbortSignal): Promise<RedriveCounts> {
  const counts = { moved: 0, listed: 0, skipped: 0, refused: 0 };
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
      // What is held here goes back in any case, but for what was moved.
      staying.push(...letters);
      const fates = await settle(input, queue, letters);
      for (const letter of letters) {
        const fate = fates.get(letter.id) ?? { outcome: "skipped" };
        counts[fate.outcome] += 1;
        if (fate.outcome === "moved") staying.splice(staying.indexOf(letter), 1);
        input.onLetter(letter, fate);
      }
      input.onProgress(seen.size, total);
      const away = findAway(letters, fates);
      if (away !== undefined) throw away;
    }
  } finally {
    await queue.release(staying);
  }
  return counts;
}

/** Sends and deletes even where it is asked to stop: between the two is no good place to. */
async function settle(
  input: RedriveInput,
  queue: LetterQueue,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, LetterFate>> {
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

/** Those that are to be moved, but none of a group that comes after one that stays. */
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

/** The queue's own failure. The first refusal of a group tells: those after it were not sent because of it. */
function findAway(
  letters: readonly Letter[],
  fates: ReadonlyMap<string, LetterFate>,
): KubemendError | undefined {
  const told = new Set<string>();
  for (const { id, groupId = id } of letters) {
    const fate = fates.get(id);
    if (fate?.outcome !== "refused" || told.has(groupId)) continue;
    told.add(groupId);
    if (fate.error.retryable) return fate.error;
  }
  return undefined;
}
