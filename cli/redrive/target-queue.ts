import { misuse } from "../terminal/misuse.ts";

/** `-dead-letter` at the end of a queue's name, before `.fifo`. */
const DEAD_LETTER_NAME = /-dead-letter(\.fifo)?$/;

/** The queue that a dead-letter queue's letters came from. Throws `InvalidConfiguration` if its name does not show that. */
export function toTargetQueue(queueUrl: string, to: string | undefined): string {
  const target = to ?? queueUrl.replace(DEAD_LETTER_NAME, "$1");
  if (target === queueUrl) {
    throw misuse(
      to === undefined
        ? `${queueUrl} does not end in -dead-letter or -dead-letter.fifo: name the target queue with --to`
        : "--to names the dead-letter queue itself",
    );
  }
  if (isFifo(target) === isFifo(queueUrl)) return target;
  throw misuse(
    `${queueUrl} and ${target}: messages can move only from a FIFO queue to a FIFO queue, or from a standard queue to a standard queue`,
  );
}

export function isFifo(queueUrl: string): boolean {
  return queueUrl.endsWith(".fifo");
}
