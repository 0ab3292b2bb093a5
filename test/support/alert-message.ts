import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAlertMessage, type AlertData, type AlertMessage } from "../../events/alert.ts";

const SAMPLE = join(
  import.meta.dirname,
  "../../events/samples/alert-1/valid/remediation-refused.json",
);

/** The alert of a failed backup, with other data. */
export function toAlert(data: Partial<AlertData> = {}): AlertMessage {
  const parsed = parseAlertMessage(readFileSync(SAMPLE, "utf8"));
  if (parsed.outcome === "refused") throw new Error(parsed.reason);
  return { ...parsed.value, data: { ...parsed.value.data, ...data } };
}
