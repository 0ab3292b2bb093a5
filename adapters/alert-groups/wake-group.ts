import type { AlertGroup } from "../../events/alert-group.ts";
import { describeError } from "../../core/errors.ts";
import { NO_TRACE, toWakeup } from "../../core/records/messages/wakeup.ts";
import type { SendWakeup } from "../sqs/send-wakeup.ts";
import { toGroupPath } from "./group-store.ts";
import type { SendContext } from "./send-context.ts";

/** Has remediate check a group, not before `due` (RFC 3339 ms). Never throws: the sweep wakes a group that nobody woke. */
export type WakeGroup = (
  group: Pick<AlertGroup, "metadata" | "spec">,
  due: string,
  context: SendContext,
) => Promise<void>;

export function createWakeGroup(deps: {
  readonly sendWakeup: SendWakeup;
  /** RFC 3339 ms. */
  readonly now: () => string;
}): WakeGroup {
  return async (group, due, { signal, telemetry }) => {
    const { metadata, spec } = group;
    const record = {
      metadata,
      spec: { cluster: spec.cluster, rule: { id: spec.rule }, traceparent: NO_TRACE },
    };
    const subject = toGroupPath(metadata);
    const wakeup = toWakeup({ record, subject, due, now: deps.now() });
    try {
      await deps.sendWakeup({ ...wakeup, data: { ...wakeup.data, group: {} } }, signal);
    } catch (error) {
      const line = { group: metadata.name, detail: describeError(error) };
      telemetry.logger.warn("an alert group was not woken; the sweep does it", line);
    }
  };
}
