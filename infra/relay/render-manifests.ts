import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { KubemendError, describeError } from "../../core/errors.ts";

export type ManifestOptions = {
  /** Path of Helm's program. */
  readonly helm: string;
  /** Arguments to helm: files of values, and values. */
  readonly values: readonly string[];
  readonly namespace: string;
};

/** The manifests for users without Helm, who edit them, and apply infra/crds and infra/admission as they are. */
export const SAMPLE: string = join(import.meta.dirname, "manifests");
/** The rights are printed by `kubemend validate FILE --rbac`. */
export const SAMPLE_VALUES: readonly string[] = [
  "--set=image.repository=registry.example.com/kubemend-relay",
  "--set=queueUrl=https://sqs.eu-central-1.amazonaws.com/123456789012/kubemend-dev-changes.fifo",
  "--set=rbac.create=false,crds.install=false,admission.install=false",
  `--set-file=pipeline=${join(import.meta.dirname, "..", "..", "docs", "recipes", "01-failed-backup.yaml")}`,
];

const CHART = join(import.meta.dirname, "chart");
/** Lines that only Helm needs. */
const FOR_HELM = /^ *(app\.kubernetes\.io\/managed-by: Helm|# Written by `npm run chart`.*)\n/gm;

/**
 * The chart as plain manifests, by the names of their files: `kubectl apply --server-side -f FOLDER` installs them in the order of their
 * names. Throws `InvalidConfiguration` with Helm's own words if it refuses the values.
 */
export function renderManifests(options: ManifestOptions): ReadonlyMap<string, string> {
  const files = new Map([
    ["admission.yaml", ""],
    ["crds.yaml", ""],
    ["namespace.yaml", toNamespace(options.namespace)],
    ["relay.yaml", ""],
  ]);
  for (const document of runHelm(options).split(/^---\n/m)) {
    const [, source] = /^# Source: kubemend-relay\/templates\/(\S+)\.yaml\n/.exec(document) ?? [];
    if (source === undefined) continue;
    const text = document.replace(/^.*\n/, "").replaceAll(FOR_HELM, "").trim();
    const file = files.has(`${source}.yaml`) ? `${source}.yaml` : "relay.yaml";
    if (/^kind:/m.test(text)) files.set(file, `${files.get(file) ?? ""}---\n${text}\n`);
  }
  return new Map([...files].filter(([, text]) => text !== ""));
}

function runHelm({ helm, values, namespace }: ManifestOptions): string {
  const args = ["template", "kubemend", CHART, "--namespace", namespace, ...values];
  try {
    return execFileSync(helm, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = error as { readonly code?: string; readonly stderr?: string };
    const reason = code === "ENOENT" ? "Helm is not on the PATH" : (stderr ?? describeError(error));
    throw new KubemendError("InvalidConfiguration", reason.trim(), {
      retryable: false,
      cause: error,
    });
  }
}

/** The namespace of the relay and of the records. It admits only Pods that keep Kubernetes' restricted profile. */
function toNamespace(name: string): string {
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;
}
