import { dirname, join } from "node:path";
import pc from "picocolors";
import { defaultDataDir } from "../../sandbox/host/folders.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { SandboxInfo } from "../../sandbox/sandbox.ts";

/** How to inspect a running sandbox: lines to paste into a second terminal. */
export function usageHints(
  info: SandboxInfo,
  options: { readonly bare: boolean; readonly created?: readonly string[] | undefined },
): string {
  const { created = [] } = options;
  const lines = [
    pc.bold("Inspect it from a second terminal:"),
    `  export KUBECONFIG=${info.kubeconfig}`,
    `  kubectl get jobs,cronjobs`,
    ...(options.bare
      ? []
      : [
          `  kubectl get remediations --namespace kubemend`,
          `  npx kubemend sandbox logs --follow${toDataDirOption(info)}`,
        ]),
    "",
    `API server    ${info.apiServer}   (namespace ${info.namespace})`,
    `SQS endpoint  ${info.sqs.endpoint}   (region ${info.sqs.region}; any credentials)`,
    ...Object.entries(info.sqs.queues).map(([name, url]) => `  ${name.padEnd(24)} ${url}`),
  ];
  if (created.length > 0) {
    lines.push("", `Created the namespaces that the pipeline names: ${created.join(", ")}`);
  }
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

/** The kubeconfig lies in the sandbox's folder. */
function toDataDirOption({ kubeconfig }: SandboxInfo): string {
  const folder = dirname(kubeconfig);
  return folder === defaultDataDir() ? "" : ` --data-dir ${folder}`;
}
