import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";

/** Counts a place at which copies of an earlier mapping may be, and in which this user may not look for them. */
export function noteUnlisted(
  { rule, target }: Pick<MirrorWork, "rule" | "target">,
  where: string,
  { telemetry }: Pick<MessageContext, "telemetry">,
): void {
  telemetry.count("CopiesUnlisted", 1, { target: target.name });
  const line = { rule: rule.id, target: target.name, where };
  telemetry.logger.warn("copies at earlier places cannot be looked for", line);
}
