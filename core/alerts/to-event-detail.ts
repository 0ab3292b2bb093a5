import type { AlertData } from "../../events/alert.ts";
import { toByteLength } from "../text/limit-text.ts";

/** An entry of EventBridge has at most 256 KB with all its fields: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const DETAIL_MAX_BYTES = 240 * 1024;

/**
 * The data of an alert as JSON, small enough for EventBridge. If it is not, references are left out, the last ones first, and then the
 * preview: whoever created the object chose them.
 */
export function toEventDetail(data: AlertData): string {
  let detail = JSON.stringify(data);
  let { references } = data;
  while (toByteLength(detail) > DETAIL_MAX_BYTES && references.length > 0) {
    references = references.slice(0, Math.floor(references.length / 2));
    detail = JSON.stringify({ ...data, references });
  }
  if (toByteLength(detail) <= DETAIL_MAX_BYTES) return detail;
  const { preview: _preview, ...others } = data;
  return JSON.stringify({ ...others, references });
}
