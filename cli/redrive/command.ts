import { Command } from "commander";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { createClientFor, parseQueueName, readQueueUrl } from "./open-queue.ts";
import type { Letter } from "./read-letter.ts";
import { redrive, type LetterFate, type RedriveCounts } from "./redrive.ts";
import { isFifo, toTargetQueue } from "./target-queue.ts";
import { reportStopped, stopSignal } from "../terminal/stop-signal.ts";

type RedriveOptions = {
  readonly to?: string;
  readonly reason?: string;
  readonly id?: string;
  readonly discard?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

/** `kubemend redrive QUEUE`: lists dead letters with their reasons and moves them back to the queue that they came from. */
export function redriveCommand(): Command {
  return new Command("redrive")
    .description("List dead letters with their reasons, and move them back to their queue")
    .argument("<queue>", "dead-letter queue: its URL, ARN or name")
    .option("--to <queue>", "queue to move them to (default: the name without -dead-letter)")
    .option("--reason <text>", "only messages with this code, or with this text in their reason")
    .option("--id <id>", "only the message with this message id")
    .option("--discard", "delete the messages instead of moving them; needs --reason or --id")
    .option("--dry-run", "list only; nothing is moved or deleted")
    .option("--json", "print JSON lines")
    .addHelpText(
      "after",
      `
A message is deleted only after the target queue has accepted it. It keeps its message group and gets a new deduplication id.
On a FIFO queue no message overtakes one of its group that stays, and --dry-run may see only the first letters of each group.
Consumers read the live objects again, and records prevent anything from being done twice.

A message that can never be handled would hold its group back for ever: --discard --id ID deletes it. With --json its body is
printed, so that it can be kept.

The queues are found through the standard AWS variables (AWS_REGION, credentials, AWS_ENDPOINT_URL_SQS); those of a running
sandbox by their URL. Required permissions: sqs:GetQueueAttributes, ReceiveMessage, DeleteMessage and
ChangeMessageVisibility on the dead-letter queue, SendMessage on the target queue, and GetQueueUrl on a queue that is not
named by its URL.`,
    )
    .action(run);
}

async function run(text: string, options: RedriveOptions): Promise<void> {
  const { discard = false, dryRun = false, reason, id } = options;
  if (discard && reason === undefined && id === undefined) {
    throw misuse("--discard deletes messages: name them with --id or --reason");
  }
  if (discard && options.to !== undefined) {
    throw misuse("--discard deletes the messages, so --to has no meaning: omit one of them");
  }
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const named = parseQueueName(text);
  const client = createClientFor(named);
  try {
    const queueUrl = await readQueueUrl(client, named, stop.signal);
    const targetUrl = discard ? queueUrl : await readTargetUrl(client, queueUrl, options.to, stop);
    const counts = await redrive(
      {
        client,
        queueUrl,
        targetUrl,
        fifo: isFifo(queueUrl),
        dryRun,
        discard,
        fits: toFilter(options),
        onLetter: (letter, fate) => reportLetter(letter, fate, output),
        onProgress: (seen, total) => output.status(`${seen} of about ${total} messages read`),
      },
      stop.signal,
    );
    const target = discard ? {} : { targetUrl };
    const summary = summarize(counts, { discard, dryRun, targetUrl });
    output.report(summary, { type: "summary", ...target, ...counts });
    if (counts.refused > 0) process.exitCode = EXIT_FAILED;
    if (stop.signal.aborted) reportStopped();
  } finally {
    client.destroy();
  }
}

async function readTargetUrl(
  client: SQSClient,
  queueUrl: string,
  to: string | undefined,
  { signal }: { readonly signal: AbortSignal },
): Promise<string> {
  const target =
    to === undefined ? undefined : await readQueueUrl(client, parseQueueName(to), signal);
  return toTargetQueue(queueUrl, target);
}

function toFilter({ reason, id }: RedriveOptions): (letter: Letter) => boolean {
  const wanted = reason?.toLowerCase();
  return (letter) => {
    if (id !== undefined && letter.id !== id) return false;
    if (wanted === undefined) return true;
    return letter.code.toLowerCase() === wanted || letter.reason.toLowerCase().includes(wanted);
  };
}

function reportLetter(letter: Letter, fate: LetterFate, output: Output): void {
  const { id, code, reason, functionName, subject, body } = letter;
  if (fate.outcome === "skipped") return;
  const error = fate.outcome === "refused" ? fate.error.message : undefined;
  const why = error === undefined ? "" : `\n    not moved: ${toPrintable(error)}`;
  const about = subject === undefined ? id : `${subject}  ${id}`;
  const line = toPrintable(`${fate.outcome.padEnd(9)}  ${code}  ${about}`);
  output.report(`${line}\n    ${toPrintable(reason)}${why}`, {
    type: "letter",
    outcome: fate.outcome,
    id,
    code,
    reason,
    function: functionName,
    subject,
    error,
    ...(fate.outcome === "discarded" ? { body } : {}),
  });
}

type Run = { readonly discard: boolean; readonly dryRun: boolean; readonly targetUrl: string };

function summarize(counts: RedriveCounts, { discard, dryRun, targetUrl }: Run): string {
  const { moved, discarded, listed, skipped, refused } = counts;
  const others = skipped === 0 ? "" : `, ${skipped} skipped`;
  if (discard) {
    return dryRun ? `${listed} would be discarded${others}.` : `${discarded} discarded${others}.`;
  }
  const target = toPrintable(targetUrl);
  if (dryRun) return `${listed} would be moved to ${target}${others}.`;
  const failed = refused === 0 ? "" : `, ${refused} refused`;
  return `${moved} moved to ${target}${others}${failed}.`;
}
