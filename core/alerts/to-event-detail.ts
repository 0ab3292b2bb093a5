import type { AlertData } from "../../events/alert.ts";
import { limitText, toByteLength } from "../text/limit-text.ts";

/** An entry of EventBridge has at most 256 KB with all its fields: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const DETAIL_MAX_BYTES = 240 * 1024;
const TEXT_MAX_LENGTH = 4_096;

/** Fields that are left out if the alert is too long, in this order: most of their content was chosen by the creator of the object. */
const OPTIONAL = ["preview", "fields", "outcome", "labels", "runbook"] as const;

/**
 * The data of an alert as JSON, small enough for EventBridge. If it is not, references are left out, the last ones first, then what a
 * consumer can do without, and long texts are cut.
 */
export function toEventDetail(data: AlertData): string {
  let detail = JSON.stringify(data);
  let { references } = data;
  while (toByteLength(detail) > DETAIL_MAX_BYTES && references.length > 0) {
    references = references.slice(0, Math.floor(references.length / 2));
    detail = JSON.stringify({ ...data, references });
  }
  let rest: Partial<AlertData> & Pick<AlertData, "summary"> = { ...data, references };
  for (const key of OPTIONAL) {
    if (toByteLength(detail) <= DETAIL_MAX_BYTES) return detail;
    const { [key]: _left, ...others } = rest;
    rest = others;
    detail = JSON.stringify(rest);
  }
  return toByteLength(detail) <= DETAIL_MAX_BYTES ? detail : JSON.stringify(withCutTexts(rest));
}

function withCutTexts({ summary, title, problem, ...rest }: Partial<AlertData>): object {
  return {
    ...rest,
    summary: limitText(summary ?? "", TEXT_MAX_LENGTH),
    ...(title === undefined ? {} : { title: limitText(title, TEXT_MAX_LENGTH) }),
    ...(problem === undefined
      ? {}
      : { problem: { code: problem.code, message: limitText(problem.message, TEXT_MAX_LENGTH) } }),
  };
}
