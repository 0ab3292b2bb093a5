import { isObject } from "../../json/read-json.ts";
import type { ChangePath } from "../../operations/operation.ts";

/** Lists of containers in the specification of a Pod. */
const CONTAINERS: ReadonlySet<string> = new Set([
  "containers",
  "initContainers",
  "ephemeralContainers",
]);

/** Fields of a container in which the kubelet replaces `$(NAME)` by the value of the variable. */
const EXPANDED: ReadonlySet<string> = new Set([
  "command",
  "args",
  "env.value",
  "volumeMounts.subPathExpr",
  "livenessProbe.exec.command",
  "readinessProbe.exec.command",
  "startupProbe.exec.command",
]);

/**
 * A text as the kubelet writes back unchanged what stands in `args` or the value of a variable: with `$$` for each `$`. Otherwise
 * `$(API_TOKEN)` in a text of an object would be replaced by a secret of the Job.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function escapeExpansion(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll("$", "$$$$") : text;
}

/** The evaluation of an expression whose text becomes a value of a container, and nothing more. */
export function toContainerText(
  evaluate: (expression: string) => unknown,
): (expression: string) => unknown {
  return (expression) => {
    const value = evaluate(expression);
    return typeof value === "string" ? escapeExpansion(value) : value;
  };
}

/** A value of an expression that becomes the field at `path`, with the texts escaped that the kubelet would expand, however deep they are. */
export function escapeContainerTexts(path: ChangePath, value: unknown): unknown {
  // Elements of lists are no part of the name of a field.
  return escapeAt(
    path.filter((step) => typeof step === "string"),
    value,
  );
}

function escapeAt(fields: readonly string[], value: unknown): unknown {
  if (typeof value === "string") return isExpanded(fields) ? escapeExpansion(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => escapeAt(fields, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, escapeAt([...fields, key], item)]),
  );
}

function isExpanded(fields: readonly string[]): boolean {
  const at = fields.findLastIndex((field) => CONTAINERS.has(field));
  return at !== -1 && EXPANDED.has(fields.slice(at + 1).join("."));
}
