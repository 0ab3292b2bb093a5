import type { SilenceSpec } from "../../events/silence.ts";

/** Which alerts a silence covers: `rule backup-failed, namespace=data`. */
export function describeSilence({
  rule,
  labels = {},
}: Pick<SilenceSpec, "rule" | "labels">): string {
  return [
    ...(rule === undefined ? [] : [`rule ${rule}`]),
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  ].join(", ");
}
