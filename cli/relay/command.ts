import { accessSync, constants } from "node:fs";
import { Command } from "commander";
import type { RelayOptions } from "../../relay/config.ts";
import { createFolder } from "../../adapters/create-folder.ts";
import { describeError } from "../../core/errors.ts";
import { runRelay } from "../../relay/main.ts";
import { misuse } from "../terminal/misuse.ts";
import { reportStopped, stopSignal } from "../terminal/stop-signal.ts";

/** `kubemend relay`: the process that runs in the watched cluster. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("Watch a cluster and send its changes to the queue (runs in the cluster)")
    .requiredOption("--config <file>", "pipeline file")
    .option("--state-dir <dir>", "folder of the journal", "./kubemend-state")
    .option("--listen <host:port>", "serve /healthz, /readyz and /metrics on this address")
    .option(
      "--lease <namespace/name>",
      "Lease for leader election among several relays; off = this is the only relay (default: kubemend-relay in the pod's namespace, off outside a pod)",
    )
    .option(
      "--signing-key-file <file>",
      "keys that sign the changes, one a line; the first one signs (default: KUBEMEND_SIGNING_KEY_FILE)",
    )
    .addHelpText(
      "after",
      `
Environment:
  KUBECONFIG                     kubeconfig of the cluster; without it, the pod's service account is used
  KUBEMEND_CHANGES_QUEUE_URL     SQS FIFO queue for the changes (required)
  KUBEMEND_SIGNING_KEY_FILE      file of the signing keys, one a line; without it nothing is signed
  AWS_REGION, AWS_ENDPOINT_URL_SQS, and the standard AWS credentials
  KUBEMEND_BOOKMARK_DEADLINE_MS  how long to wait for the end of a streamed list before falling back to LIST + WATCH
  KUBEMEND_BACKOFF_MIN_MS, KUBEMEND_BACKOFF_MAX_MS   retry backoff (800, 30000)
  KUBEMEND_WATCHDOG_MS           how long a watch may be silent before it is restarted
  KUBEMEND_LEASE_DURATION_MS     time without a lease renewal after which another relay takes over (9000)
  KUBEMEND_LEASE_RENEW_DEADLINE_MS, KUBEMEND_LEASE_RETRY_MS   time without a renewal after which the leader stops
                                 publishing, and interval between renewal attempts (6000, 1500)`,
    )
    .action(async (options: RelayOptions) => {
      using stop = stopSignal();
      openStateDir(options.stateDir);
      const hasRun = await runRelay(options, stop.signal);
      if (!hasRun) reportStopped();
    });
}

/** Throws InvalidConfiguration that names the option if the folder cannot be used, before anything is connected. */
function openStateDir(stateDir: string): void {
  // `readRelayConfig` refuses an empty name.
  if (stateDir === "") return;
  try {
    createFolder(stateDir);
    accessSync(stateDir, constants.W_OK);
  } catch (error) {
    throw misuse(
      `--state-dir ${stateDir} cannot be used: ${describeError(error)}. Name a folder that you may write to.`,
    );
  }
}
