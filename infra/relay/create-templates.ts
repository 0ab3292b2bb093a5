import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";

/** The chart's templates of what is in `infra/crds` and `infra/admission`, by their paths in the chart. */
export function createTemplates(root: string): ReadonlyMap<string, string> {
  const read = (folder: string): readonly (readonly [string, string])[] =>
    readdirSync(join(root, "infra", folder))
      .filter((name) => name.endsWith(".yaml"))
      .toSorted()
      .map((name) => [`infra/${folder}/${name}`, readSource(join(root, "infra", folder, name))]);
  return new Map([
    ["templates/crds.yaml", toTemplate("crds", read("crds"), toDefinition)],
    ["templates/admission.yaml", toTemplate("admission", read("admission"), toPolicy)],
  ]);
}

function readSource(path: string): string {
  const text = readFileSync(path, "utf8");
  if (!text.includes("{{")) return text;
  throw new KubemendError("InvalidConfiguration", `${path} contains {{, which Helm would replace`, {
    retryable: false,
  });
}

function toTemplate(
  value: string,
  sources: readonly (readonly [string, string])[],
  convert: (text: string) => string,
): string {
  const documents = sources.map(([name, text]) => `---\n# ${name}\n${convert(text).trimEnd()}\n`);
  const head = "# Written by `npm run chart`: change the files that are named below.\n";
  return `${head}{{- if .Values.${value}.install }}\n${documents.join("")}{{- end }}\n`;
}

const LABELS = '\n  labels:\n    {{- include "kubemend.labels" . | nindent 4 }}';

/** Helm keeps it when the release is uninstalled: with the definition, all records would be deleted. */
function toDefinition(text: string): string {
  const annotations = "\n  annotations:\n    helm.sh/resource-policy: keep";
  return text.replaceAll(
    /^metadata:\n  name: \S+$/gm,
    (metadata) => metadata + annotations + LABELS,
  );
}

const SELECTOR = `
    namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: {{ .Release.Namespace }}`;

/** A policy of this release, about the records in its namespace and the functions that write there. */
function toPolicy(text: string): string {
  return text
    .replaceAll(/^metadata:\n  name: \S+$/gm, (metadata) => metadata + LABELS)
    .replaceAll(/^(  name|  policyName): (\S+)$/gm, '$1: {{ include "kubemend.unique" . }}.$2')
    .replaceAll(/^  matchConstraints:$/gm, (line) => line + SELECTOR)
    .replaceAll(
      '"system:serviceaccount:kubemend:',
      '"system:serviceaccount:{{ .Release.Namespace }}:',
    )
    .replaceAll('"kubemend:', '"{{ include "kubemend.userPrefix" . }}');
}
