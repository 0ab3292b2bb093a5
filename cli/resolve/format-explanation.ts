import pc from "picocolors";
import { toPrintable } from "../../core/text/printable.ts";
import type { ExplainedReference, ObjectName } from "./resolve-objects.ts";

/** The line of an object whose references follow. */
export function formatObject(object: ObjectName): string {
  const type = [object.apiVersion ?? "(no apiVersion)", object.kind ?? "(no kind)"];
  const place = object.namespace === null ? "" : `${object.namespace}/`;
  return pc.bold(toPrintable(`${type.join(" ")} ${place}${object.name ?? "(no name)"}`));
}

/** The lines of a reference: what it refers to, how that was found, and why. */
export function formatReference({ field, result, reasons }: ExplainedReference): string {
  const outcome =
    result.outcome === "resolved"
      ? `${pc.green(`${toPrintable(`${result.apiVersion} ${result.kind}`)} ${toTarget(result)}`)} ${pc.dim(`(${toPrintable(result.resource)}, ${result.provenance})`)}`
      : pc.yellow(`unresolved: ${result.reason}`);
  return [
    `  ${toPrintable(field)} -> ${outcome}`,
    ...reasons.map((reason) => `      ${toPrintable(reason)}`),
  ].join("\n");
}

function toTarget(result: { readonly namespace: string | null; readonly name: string }): string {
  return toPrintable(
    result.namespace === null ? result.name : `${result.namespace}/${result.name}`,
  );
}
