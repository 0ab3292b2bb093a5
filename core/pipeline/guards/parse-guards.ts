import { isRemediation } from "../../actions/registry.ts";
import {
  countNeededEntries,
  DEFAULT_GUARDS,
  ENTRIES_MAX,
  type BreakerSettings,
  type GuardSettings,
  type StormSettings,
} from "../../guards/settings.ts";
import { isObject } from "../../json/read-json.ts";
import { parseDuration } from "../../text/duration.ts";
import { matchesLabels, parseLabelSelector } from "../label-selector.ts";
import { hasMirror } from "../mirror-rule.ts";
import type { PipelineIssue, RuleAction } from "../pipeline.ts";
import { findTimesIssues, toTimes } from "./parse-times.ts";
import {
  parsePercent,
  type BreakerDocument,
  type GuardsDocument,
  type StormDocument,
} from "./guards-schema.ts";

type Path = readonly (string | number)[];

/** Keys that have an effect only in a rule that remediates. */
export const LIMIT_KEYS = [
  "cooldown",
  "maxInFlight",
  "blastRadius",
  "breaker",
  "stormBrake",
  "optIn",
  "modes",
  "windows",
  "freezes",
  "whenGuarded",
  "deferFor",
] as const;

/** Checks of guards that the schema cannot make: that the rule starts remediations, and that its guard can keep all entries that it must count. */
export function findGuardIssues(
  { guards }: Readonly<Record<string, unknown>>,
  parsed: GuardsDocument | undefined,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  if (!isObject(guards) || then.length === 0) return [];
  const useless = LIMIT_KEYS.find((key) => guards[key] !== undefined);
  if (useless !== undefined && !isRemediation(then)) {
    if (hasMirror({ then })) {
      const message = `${useless} needs an action that remediates: this rule only mirrors`;
      return [{ path: [...path, useless], at: "key", message, hint: "remove it" }];
    }
    const message = `${useless} needs an action that remediates: this rule only alerts`;
    const hint =
      "window, repeat and groupBy of its alerts, and maxPerHour, say how often it sends one; kubemend silence silences it";
    return [{ path: [...path, useless], at: "key", message, hint }];
  }
  const isAlone = then.some(({ parameters }) => parameters["group"] === "off");
  if (typeof guards["maxPerHour"] === "number" && isAlone && !isRemediation(then)) {
    const message = "maxPerHour is about the messages of a group, and group: off sends each alert";
    return [{ path: [...path, "maxPerHour"], at: "key", message, hint: "remove one of the two" }];
  }
  if (parsed === undefined) return [];
  const optIn = findOptInFault(parsed);
  if (optIn !== undefined) {
    return [{ path: [...path, "optIn", "labelSelector"], message: optIn, hint: OPT_IN_HINT }];
  }
  const untimely = findTimesIssues(parsed, path);
  if (untimely.length > 0) return untimely;
  if (parsed.whenGuarded === "refuse" && parsed.deferFor !== undefined) {
    const message = "deferFor has no effect with whenGuarded: refuse";
    return [{ path: [...path, "deferFor"], at: "key", message }];
  }
  const needed = countNeededEntries(toGuardSettings(parsed));
  if (needed <= ENTRIES_MAX) return [];
  const message = `these limits need ${needed} entries, and the guard of a rule keeps ${ENTRIES_MAX}`;
  const hint =
    "the guard counts maxPerHour for as long as cooldown and breaker look back, maxInFlight, and stormBrake.matches; lower one of them, or turn it off";
  return [{ path, message, hint }];
}

const OPT_IN_HINT = "write a label that an owner sets, such as kubemend.dev/remediate=true";

/** Nobody would have to do anything to opt in if objects without any label had. */
function findOptInFault({ optIn }: GuardsDocument): string | undefined {
  if (optIn === undefined) return undefined;
  const selector = parseLabelSelector(optIn.labelSelector.trim());
  if (!selector.ok) return selector.error;
  return matchesLabels(selector.value, {})
    ? "selects objects without any label, so nobody would have to opt in"
    : undefined;
}

/** The settings of a rule, with the defaults where it says nothing. */
export function toGuardSettings(written: GuardsDocument = {}): GuardSettings {
  const { cooldown, maxInFlight, maxPerHour, breaker, stormBrake, whenGuarded, deferFor } = written;
  const { optIn, blastRadius } = written;
  const { deferForMs } = DEFAULT_GUARDS;
  return {
    cooldownMs: cooldown === "off" ? undefined : toMs(cooldown, DEFAULT_GUARDS.cooldownMs),
    maxInFlight: toCount(maxInFlight, DEFAULT_GUARDS.maxInFlight),
    maxPerHour: toCount(maxPerHour, DEFAULT_GUARDS.maxPerHour),
    ...toRadius(blastRadius),
    breaker: breaker === "off" ? undefined : toBreaker(breaker),
    storm: stormBrake === "off" ? undefined : toStorm(stormBrake),
    ...toTimes(written),
    ...(optIn === undefined ? {} : { optIn: optIn.labelSelector.trim() }),
    whenGuarded: whenGuarded ?? DEFAULT_GUARDS.whenGuarded,
    deferForMs: toMs(deferFor, deferForMs),
  };
}

function toRadius(written: GuardsDocument["blastRadius"]): Pick<GuardSettings, "blastRadius"> {
  if (typeof written === "number") return { blastRadius: { count: written } };
  if (typeof written === "object") {
    const { percent, atMost } = written;
    return { blastRadius: { percent, atMost } };
  }
  const percent = parsePercent(written ?? "");
  return percent === undefined ? {} : { blastRadius: { percent } };
}

function toBreaker(written: BreakerDocument = {}): BreakerSettings {
  const usual = DEFAULT_GUARDS.breaker;
  return {
    failures: written.failures ?? usual.failures,
    sameTarget: written.sameTarget ?? usual.sameTarget,
    withinMs: toMs(written.within, usual.withinMs),
    halfOpenAfterMs: toMs(written.halfOpenAfter, usual.halfOpenAfterMs),
  };
}

function toStorm(written: StormDocument = {}): StormSettings {
  const usual = DEFAULT_GUARDS.storm;
  return {
    matches: written.matches ?? usual.matches,
    withinMs: toMs(written.within, usual.withinMs),
    quietMs: toMs(written.quiet, usual.quietMs),
  };
}

function toMs(written: string | undefined, usual: number): number {
  return parseDuration(written ?? "") ?? usual;
}

function toCount(written: number | "off" | undefined, usual: number): number | undefined {
  return written === "off" ? undefined : (written ?? usual);
}
