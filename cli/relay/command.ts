import { Command } from "commander";
import { runRelay } from "../../relay/main.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

/** `kubemend relay`: the process that runs in the cluster. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("Watch a cluster and push its changes to the queue (runs in the cluster)")
    .requiredOption("--config <file>", "pipeline file")
    .option("--state-dir <dir>", "folder of the journal", "./kubemend-state")
    .option("--listen <host:port>", "serve /healthz, /readyz and /metrics there")
    .option(
      "--lease <namespace/name>",
      "Lease that relays take turns by; off = this is the only one (default: kubemend-relay in the pod's namespace, off outside of pods)",
    )
    .addHelpText(
      "after",
      `
Environment:
  KUBECONFIG                     the cluster; without it the service account of the pod
  KUBEMEND_CHANGES_QUEUE_URL     where changes go: an SQS FIFO queue (required)
  AWS_REGION, AWS_ENDPOINT_URL_SQS, and the usual credentials
  KUBEMEND_BOOKMARK_DEADLINE_MS  how long the snapshot's end may take before LIST + WATCH is used
  KUBEMEND_BACKOFF_MIN_MS, KUBEMEND_BACKOFF_MAX_MS   pace of retries (800, 30000)
  KUBEMEND_WATCHDOG_MS           how long a watch may be silent before it is doubted
  KUBEMEND_LEASE_DURATION_MS     silence of the active relay after which another takes over (9000)
  KUBEMEND_LEASE_RENEW_DEADLINE_MS, KUBEMEND_LEASE_RETRY_MS   no send after that long without a renewal; pace of these (6000, 1500)`,
    )
    .action(
      async (options: { config: string; stateDir: string; listen?: string; lease?: string }) => {
        using stop = stopSignal();
        await runRelay(options, stop.signal);
      },
    );
}
