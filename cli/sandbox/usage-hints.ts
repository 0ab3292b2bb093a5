import { dirname, join } from "node:path";
import pc from "picocolors";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { SandboxState } from "../../sandbox/state-file.ts";
import { toDataDirOption } from "./data-dir-option.ts";

/**
 * How to inspect a running sandbox: lines to paste into a second terminal. The example is printed only for the sandbox's own pipeline:
 * another one may not watch the example's Job.
 */
export function usageHints({
  info,
  bare,
  config,
  createdNamespaces: created = [],
}: Pick<SandboxState, "info" | "bare" | "config" | "createdNamespaces">): string {
  const own = join(findProjectRoot(), "sandbox");
  // The kubeconfig lies in the sandbox's folder.
  const dataDir = dirname(info.kubeconfig);
  const lines = [
    pc.bold("Inspect it from a second terminal:"),
    `  export KUBECONFIG=${info.kubeconfig}`,
    `  kubectl get jobs,cronjobs`,
    ...(bare
      ? []
      : [
          `  kubectl get remediations --namespace kubemend`,
          `  npx kubemend sandbox logs --follow${toDataDirOption(dataDir)}`,
        ]),
    "",
    `API server    ${info.apiServer}   (namespace ${info.namespace})`,
    `SQS endpoint  ${info.sqs.endpoint}   (region ${info.sqs.region}; any credentials)`,
    ...Object.entries(info.sqs.queues).map(([name, url]) => `  ${name.padEnd(24)} ${url}`),
  ];
  if (created.length > 0) {
    lines.push("", `Created the namespaces that the pipeline names: ${created.join(", ")}`);
  }
  if (!bare && config === join(own, "pipeline.yaml")) {
    lines.push(
      "",
      pc.bold("Let it repair a failed Job of yours:"),
      `  kubectl apply --filename ${join(own, "examples", "nightly.yaml")}`,
      "  kubectl create job nightly-1 --from=cronjob/nightly --dry-run=client --output=json |",
      "    sed 's/exit 0/exit 1/' | kubectl create --filename=-",
      "  kubectl get jobs --watch",
    );
  }
  return lines.join("\n");
}
