import { parseArgs } from "node:util";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { RelayOptions } from "../../relay/config.ts";
import { runRelay } from "../../relay/main.ts";

/*
 * The program of the image, dist/relay.mjs: `kubemend relay` and nothing else, in one file. Its flags are the same; settings are in the
 * environment (docs/reference/settings.md). Exit codes: 0 stopped by a signal, 1 failed, 2 wrong usage.
 */

const EXIT_FAILED = 1;
const EXIT_MISUSE = 2;

const FLAGS = {
  config: { type: "string" },
  "state-dir": { type: "string" },
  listen: { type: "string" },
  lease: { type: "string" },
  "signing-key-file": { type: "string" },
} as const;

function readFlags(): RelayOptions {
  try {
    const { values } = parseArgs({ options: FLAGS, strict: true });
    return {
      config: values.config ?? "",
      stateDir: values["state-dir"] ?? "./kubemend-state",
      listen: values.listen,
      lease: values.lease,
      signingKeyFile: values["signing-key-file"],
    };
  } catch (error) {
    throw new KubemendError("InvalidConfiguration", describeError(error), {
      retryable: false,
      cause: error,
    });
  }
}

/** The first signal asks the relay to finish what is in flight, a second one ends it at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_FAILED);
      controller.abort();
    });
  }
  return controller.signal;
}

/** The last line of the log is what `kubectl describe pod` shows of a container that ended. */
function reportFailure(error: unknown): void {
  const text = describeError(error).split("\n").map(toPrintable).join("\n");
  process.stderr.write(`kubemend-relay: ${text}\n`);
  if (!isKubemendError(error) && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  process.exitCode = isKubemendError(error, "InvalidConfiguration") ? EXIT_MISUSE : EXIT_FAILED;
}

try {
  await runRelay(readFlags(), stopSignal());
} catch (error) {
  reportFailure(error);
}
