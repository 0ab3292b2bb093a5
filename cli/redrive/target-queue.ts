import { KubemendError } from "../../core/errors.ts";

/** `-dead-letter` at the end of a queue's name, before `.fifo`. */
const DEAD_LETTER_NAME = /-dead-letter(\.fifo)?$/;

/** The queue that a dead-letter queue's letters came from. Throws `InvalidConfiguration` where its name does not tell. */
export function toTargetQueue(queueUrl: string, to: string | undefined): string {
  const target = to ?? queueUrl.replace(DEAD_LETTER_NAME, "$1");
  if (target === queueUrl) {
    throw misuse(
      to === undefined
        ? `${queueUrl} does not end in -dead-letter or -dead-letter.fifo: say with --to where its letters belong`
        : "--to is the queue itself",
    );
  }
  if (isFifo(target) === isFifo(queueUrl)) return target;
  throw misuse(
    `${queueUrl} and ${target}: letters go from a FIFO queue to a FIFO queue, or from a standard one to a standard one`,
  );
}

export function isFifo(queueUrl: string): boolean {
  return queueUrl.endsWith(".fifo");
}

function misuse(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
