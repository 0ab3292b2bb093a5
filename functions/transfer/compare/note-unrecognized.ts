import type { KubernetesObject } from "../../../events/change.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import { formatPlace, toPlace } from "../../../core/mirror/manifest.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";

/** Objects that a log line names: there may be as many as somebody likes to label. */
const NAMED_MAX = 20;

/** Counts copies that nothing is done with, because they do not say what they are copies of, and names some of them. */
export function noteUnrecognized(
  { rule, target }: Pick<MirrorWork, "rule" | "target">,
  copies: readonly KubernetesObject[],
  { telemetry }: Pick<MessageContext, "telemetry">,
): void {
  if (copies.length === 0) return;
  telemetry.count("CopiesUnrecognized", copies.length, { target: target.name });
  const names = copies.slice(0, NAMED_MAX).map((copy) => formatPlace(toPlace(copy)));
  const line = { rule: rule.id, target: target.name, copies: copies.length, names };
  telemetry.logger.warn("copies of unknown objects", line);
}
