import { resolveReference } from "../../../core/references/resolve.ts";
import { toCatalog, type Served } from "./served.ts";

/** The Event that contains the reference, if a test names no other object. */
export const EVENT = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { namespace: "team", name: "e.1" },
};

/** One line: `apiVersion Kind resource namespace/name provenance`, or `reason: candidates`. */
export function resolveToLine(
  reference: unknown,
  options: { carrier?: unknown; field?: string; served?: Served } = {},
): string {
  const { carrier = EVENT, field = "involvedObject", served = "builtin-1.36" } = options;
  const result = resolveReference({ reference, carrier, field }, toCatalog(served));
  if (result.outcome === "unresolved") {
    return [result.reason, ...result.candidates].join(" ");
  }
  const { apiVersion, kind, resource, namespace, name, provenance } = result;
  return `${apiVersion} ${kind} ${resource} ${namespace ?? "-"}/${name} ${provenance}`;
}
