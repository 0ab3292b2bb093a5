import { LOOK_AGAIN_MS, toIso, toMs, type Hold } from "../../guards/hold.ts";
import type { GuardSettings } from "../../guards/settings.ts";
import { formatDuration } from "../../text/duration.ts";

/**
 * Describes the fate of an approval that is given while a guard holds the plan back; undefined if that may be over in a minute. `now` is
 * RFC 3339 ms.
 */
export function describeHeldLater(
  { code, until }: Hold,
  { deferForMs }: Pick<GuardSettings, "deferForMs">,
  now: string,
): string | undefined {
  if (toMs(until) <= toMs(now) + LOOK_AGAIN_MS) return undefined;
  const earlyMs = toMs(until) - deferForMs;
  const lost =
    earlyMs > toMs(now)
      ? `; one that is given before ${toIso(earlyMs)} expires before that (deferFor ${formatDuration(deferForMs)})`
      : "";
  return `an approval is kept until a guard lets it start, at ${until} at the earliest (${code})${lost}`;
}
