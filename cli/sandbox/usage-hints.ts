import { join } from "node:path";
import pc from "picocolors";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { SandboxInfo } from "../../sandbox/sandbox.ts";

/** How to inspect a running sandbox: lines to paste into a second terminal. */
export function usageHints(info: SandboxInfo, options: { readonly bare: boolean }): string {
  const lines = [
    pc.bold("Inspect it from a second terminal:"),
    `  export KUBECONFIG=${info.kubeconfig}`,
    `  kubectl get jobs,cronjobs`,
    ...(options.bare ? [] : [`  kubectl get remediations --namespace kubemend`]),
    "",
    `API server    ${info.apiServer}   (namespace ${info.namespace})`,
    `SQS endpoint  ${info.sqs.endpoint}   (region ${info.sqs.region}; any credentials)`,
    ...Object.entries(info.sqs.queues).map(([name, url]) => `  ${name.padEnd(24)} ${url}`),
  ];
  if (!options.bare) {
    lines.push(
      "",
      pc.bold("Let it repair a failed Job of yours:"),
      `  kubectl apply --filename ${join(findProjectRoot(), "sandbox", "examples", "nightly.yaml")}`,
      "  kubectl create job nightly-1 --from=cronjob/nightly --dry-run=client --output=json |",
      "    sed 's/exit 0/exit 1/' | kubectl create --filename=-",
      "  kubectl get jobs --watch",
    );
  }
  return lines.join("\n");
}
