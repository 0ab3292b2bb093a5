import { Command } from "commander";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { toPrintable } from "../terminal/printable.ts";
import type { Letter } from "./read-letter.ts";
import { redrive, type LetterFate, type RedriveCounts } from "./redrive.ts";
import { isFifo, toTargetQueue } from "./target-queue.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type RedriveOptions = {
  readonly to?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

/** `kubemend redrive QUEUE-URL`: lists dead letters with their reasons and moves them back to the queue that they came from. */
export function redriveCommand(): Command {
  return new Command("redrive")
    .description("List dead letters with their reasons, and move them back to their queue")
    .argument("<queue-url>", "URL of the dead-letter queue")
    .option("--to <url>", "queue to move them to (default: the name without -dead-letter)")
    .option("--reason <text>", "only letters with this code, or with this text in their reason")
    .option("--dry-run", "list only; nothing is moved")
    .option("--json", "print JSON lines")
    .addHelpText(
      "after",
      `
A letter is deleted only after the target queue has accepted it. It keeps its message group and gets a new deduplication id.
On a FIFO queue no letter overtakes one of its group that stays, and --dry-run may see only the first letters of each group.
Consumers read the live objects again, and records prevent anything from being done twice.

The queues are found through the standard AWS variables (AWS_REGION, credentials, AWS_ENDPOINT_URL_SQS). Required
permissions: sqs:GetQueueAttributes, ReceiveMessage, DeleteMessage and ChangeMessageVisibility on the dead-letter queue,
and SendMessage on the target queue.`,
    )
    .action(run);
}

async function run(queueUrl: string, options: RedriveOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const targetUrl = toTargetQueue(queueUrl, options.to);
  const client = createQueueClient({});
  const dryRun = options.dryRun ?? false;
  try {
    const counts = await redrive(
      {
        client,
        queueUrl,
        targetUrl,
        fifo: isFifo(queueUrl),
        dryRun,
        fits: toFilter(options.reason),
        onLetter: (letter, fate) => reportLetter(letter, fate, output),
        onProgress: (seen, total) => output.status(`${seen} of about ${total} letters read`),
      },
      stop.signal,
    );
    output.report(summarize(counts, dryRun, targetUrl), { type: "summary", targetUrl, ...counts });
    if (counts.refused > 0 || stop.signal.aborted) process.exitCode = EXIT_FAILED;
  } finally {
    client.destroy();
  }
}

function toFilter(reason: string | undefined): (letter: Letter) => boolean {
  if (reason === undefined) return () => true;
  const wanted = reason.toLowerCase();
  return (letter) =>
    letter.code.toLowerCase() === wanted || letter.reason.toLowerCase().includes(wanted);
}

function reportLetter(letter: Letter, fate: LetterFate, output: Output): void {
  const { id, code, reason, functionName, subject } = letter;
  if (fate.outcome === "skipped") return;
  const error = fate.outcome === "refused" ? fate.error.message : undefined;
  const why = error === undefined ? "" : `\n    not moved: ${toPrintable(error)}`;
  const line = toPrintable(`${fate.outcome.padEnd(9)}  ${code}  ${subject ?? id}`);
  output.report(`${line}\n    ${toPrintable(reason)}${why}`, {
    type: "letter",
    outcome: fate.outcome,
    id,
    code,
    reason,
    function: functionName,
    subject,
    error,
  });
}

function summarize(counts: RedriveCounts, dryRun: boolean, targetUrl: string): string {
  const { moved, listed, skipped, refused } = counts;
  const others = skipped === 0 ? "" : `, ${skipped} skipped`;
  if (dryRun) return `${listed} would be moved to ${targetUrl}${others}.`;
  const failed = refused === 0 ? "" : `, ${refused} refused`;
  return `${moved} moved to ${targetUrl}${others}${failed}.`;
}
