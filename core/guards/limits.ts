import type { GuardPause } from "../../events/rule-guard.ts";
import { formatDuration } from "../text/duration.ts";
import { quotePerson } from "../text/quote-person.ts";
import {
  findAdmitted,
  isInFlight,
  LOOK_AGAIN_MS,
  toIso,
  toMs,
  type Guard,
  type GuardState,
  type Hold,
} from "./hold.ts";
import { HOUR_MS } from "./settings.ts";

/** Whether a switch is on. One whose time cannot be read stays on: somebody wanted a pause. */
export function isPaused(pause: GuardPause | undefined, nowMs: number): pause is GuardPause {
  if (pause === undefined) return false;
  const untilMs = toMs(pause.until);
  return Number.isNaN(untilMs) || untilMs > nowMs;
}

/** The pause switch of all rules, and that of this one. */
export function findPause(
  { pausedAll, paused }: Pick<GuardState, "pausedAll" | "paused">,
  nowMs: number,
): Hold | undefined {
  const pause = isPaused(pausedAll, nowMs) ? pausedAll : paused;
  if (!isPaused(pause, nowMs)) return undefined;
  const what = pause === pausedAll ? "all rules are paused" : "the rule is paused";
  const untilMs = toMs(pause.until);
  const until = Number.isNaN(untilMs) ? toIso(nowMs + LOOK_AGAIN_MS) : toIso(untilMs);
  const when = Number.isNaN(untilMs) ? "until somebody resumes it" : `until ${until}`;
  const why = pause.reason === undefined ? "" : `: ${quotePerson(pause.reason)}`;
  return { code: "Paused", message: `${what} ${when}${why}`, until };
}

export const holdCooldown: Guard = ({ entries }, { target }, { cooldownMs }, nowMs) => {
  if (cooldownMs === undefined) return undefined;
  const last = findAdmitted(entries, cooldownMs, nowMs).findLast(
    (entry) => entry.target === target,
  );
  if (last === undefined) return undefined;
  const until = toIso(toMs(last.admittedAt) + cooldownMs);
  const message = `the same object was remediated at ${last.admittedAt ?? ""}, and its cooldown of ${formatDuration(cooldownMs)} ends at ${until}`;
  return { code: "Cooldown", message, until };
};

export const holdPerHour: Guard = ({ entries }, _candidate, { maxPerHour }, nowMs) => {
  if (maxPerHour === undefined) return undefined;
  const started = findAdmitted(entries, HOUR_MS, nowMs);
  const first = started.at(-maxPerHour);
  if (started.length < maxPerHour || first === undefined) return undefined;
  const until = toIso(toMs(first.admittedAt) + HOUR_MS);
  const message = `${started.length} of ${maxPerHour} remediations of the rule were started within the last hour (maxPerHour); the next may start at ${until}`;
  return { code: "MaxPerHour", message, until };
};

export const holdInFlight: Guard = ({ entries }, _candidate, { maxInFlight }, nowMs) => {
  const count = entries.filter(isInFlight).length;
  if (maxInFlight === undefined || count < maxInFlight) return undefined;
  const message = `${count} of ${maxInFlight} remediations of the rule are in progress (maxInFlight); the next starts when one has ended`;
  return { code: "MaxInFlight", message, until: toIso(nowMs + LOOK_AGAIN_MS) };
};
