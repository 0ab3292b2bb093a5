import { join } from "node:path";
import { Command } from "commander";
import { createReadCredential } from "../../adapters/receivers/credentials.ts";
import { deliver } from "../../adapters/receivers/deliver.ts";
import { describeError, isKubemendError } from "../../core/errors.ts";
import { describeReceiver, type Receiver } from "../../core/receivers/receiver.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { toSampleAlert } from "./sample-alert.ts";

type Options = { readonly config?: string; readonly json?: boolean };

/** `kubemend alert test RECEIVER`. */
export function alertCommand(): Command {
  const test = new Command("test")
    .description("Send a sample alert to a receiver, and say whether it took it")
    .argument("<receiver>", "its name in receivers of the pipeline file")
    .option("--config <file>", "pipeline file (default: that of the sandbox)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
The sample goes straight to the receiver, not through the queue and notify. Credentials are read as notify reads them, with
your own AWS identity and from your own environment; they are never printed.

The exit code is 1 if the receiver did not take the sample, and 2 if the file has no such receiver.`,
    )
    .action(sendSample);
  return new Command("alert").description("Try out the receivers of alerts").addCommand(test);
}

const now = (): number => Date.now();

async function sendSample(name: string, options: Options): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const file = options.config ?? join(findProjectRoot(), "sandbox", "pipeline.yaml");
  const pipeline = await readPipeline(file);
  const receiver = findReceiver(name, pipeline.receivers ?? []);
  const about = `receiver ${name} (${describeReceiver(receiver)})`;
  // oxlint-disable-next-line node/no-process-env -- the pipeline names the variable, as it does for notify
  const readCredential = createReadCredential({ now, readVariable: (key) => process.env[key] });
  const alert = toSampleAlert(name, pipeline.cluster.name, new Date().toISOString());
  const startMs = performance.now();
  try {
    await deliver(alert, receiver, { readCredential, now }, stop.signal);
  } catch (error) {
    stop.signal.throwIfAborted();
    if (!isKubemendError(error)) throw error;
    const { code, retryable } = error;
    const next = retryable ? "notify would try again later" : "notify would not try again";
    const message = describeError(error);
    process.exitCode = EXIT_FAILED;
    output.report(toPrintable(`Not delivered (${code}; ${next}): ${message}`), {
      type: "notDelivered",
      receiver: name,
      code,
      retryable,
      message,
    });
    return;
  }
  const tookMs = Math.round(performance.now() - startMs);
  const { alertId } = alert.data;
  output.report(toPrintable(`Delivered to ${about} in ${tookMs} ms: ${alertId}`), {
    type: "delivered",
    receiver: name,
    alertId,
    tookMs,
  });
}

function findReceiver(name: string, receivers: readonly Receiver[]): Receiver {
  const found = receivers.find((receiver) => receiver.name === name);
  if (found !== undefined) return found;
  const names = receivers.map((receiver) => receiver.name);
  const near = suggestName(name, names);
  const known = names.length === 0 ? "the file has none" : `receivers: ${names.join(", ")}`;
  const hint = near === undefined ? known : `did you mean ${near}? ${known}`;
  throw misuse(`there is no receiver with this name; ${hint}`);
}
