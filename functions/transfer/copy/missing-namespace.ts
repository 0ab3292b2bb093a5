import type { Refusal } from "../../../core/mirror/manifest.ts";

export const NAMESPACE_MISSING = "NamespaceMissing";

/** The reason for which an object has no copy while the target lacks the namespace. */
export function toMissingNamespace(namespace: string | null): Refusal {
  const message = `the target has no namespace ${namespace ?? ""}: create it there, mirror it, or map it to another one`;
  return { code: NAMESPACE_MISSING, message };
}
