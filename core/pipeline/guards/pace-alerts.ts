import { DEFAULT_WINDOW_SECONDS } from "../../alerts/groups/group-of.ts";
import { HOUR_MS } from "../../guards/settings.ts";
import { formatDuration, parseDuration } from "../../text/duration.ts";
import type { RuleAction } from "../pipeline.ts";

/**
 * The alerts of a rule that only alerts, so that a group sends at most so many messages about new ones in an hour: a window is at least
 * that part of the hour. Nothing has to be counted for it.
 */
export function paceAlerts(
  then: readonly RuleAction[],
  maxPerHour: number | "off" | undefined,
): readonly RuleAction[] {
  if (typeof maxPerHour !== "number") return then;
  const leastMs = Math.ceil(HOUR_MS / maxPerHour / 1_000) * 1_000;
  return then.map(({ action, parameters }) => {
    if (action !== "alert") return { action, parameters };
    const written = parameters["window"];
    const ownMs = typeof written === "string" ? parseDuration(written) : undefined;
    const windowMs = Math.max(ownMs ?? DEFAULT_WINDOW_SECONDS * 1_000, leastMs);
    return { action, parameters: { ...parameters, window: formatDuration(windowMs) } };
  });
}
