import * as v from "valibot";
import { REMEDIATION_MODES, type RemediationMode } from "../../../events/request.ts";
import { parseDuration } from "../../text/duration.ts";
import { freezes, modes, windows, type TimesDocument } from "./times-schema.ts";

type Off = "off";

export type BreakerDocument = {
  readonly failures?: number | undefined;
  readonly sameTarget?: number | undefined;
  readonly within?: string | undefined;
  readonly halfOpenAfter?: string | undefined;
};

export type StormDocument = {
  readonly matches?: number | undefined;
  readonly within?: string | undefined;
  readonly quiet?: string | undefined;
};

/** A part of the objects that a rule selects, and how many at most, however many there are. */
export type RadiusDocument = { readonly percent: number; readonly atMost: number };

/** The guards of a rule, as written. */
export type GuardsDocument = TimesDocument & {
  readonly mode?: RemediationMode | undefined;
  readonly approveWithin?: string | undefined;
  readonly cooldown?: string | undefined;
  readonly maxInFlight?: number | Off | undefined;
  readonly maxPerHour?: number | Off | undefined;
  readonly breaker?: BreakerDocument | Off | undefined;
  readonly stormBrake?: StormDocument | Off | undefined;
  readonly blastRadius?: number | string | RadiusDocument | undefined;
  readonly optIn?: { readonly labelSelector: string } | undefined;
  readonly whenGuarded?: "defer" | "refuse" | undefined;
  readonly deferFor?: string | undefined;
};

const A_DURATION = "expected a duration such as 90s, 10m or 1h30m";

const A_RADIUS =
  "expected a whole number of objects from 1 to 600, a percentage from 1% to 100%, { percent, atMost }, or off";

/** `20%` as 20; undefined for anything else. */
export function parsePercent(text: string): number | undefined {
  return /^(?:[1-9][0-9]?|100)%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

function isDuration(text: string): boolean {
  return (parseDuration(text) ?? 0) > 0;
}

export const duration: v.GenericSchema<string, string> = v.pipe(
  v.string("expected a duration such as 10m"),
  v.check(isDuration, A_DURATION),
);

const durationOrOff = v.pipe(
  v.string(`${A_DURATION}, or off`),
  v.check((text) => text === "off" || isDuration(text), `${A_DURATION}, or off`),
);

function count(most: number) {
  const message = `expected a whole number from 1 to ${most}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(1, message),
    v.maxValue(most, message),
  );
}

function countOrOff(most: number) {
  const message = `expected a whole number from 1 to ${most}, or off`;
  return v.union([count(most), v.literal("off")], message);
}

const blastRadius = v.union(
  [
    count(600),
    v.pipe(v.string(A_RADIUS), v.regex(/^(?:off|(?:[1-9][0-9]?|100)%)$/, A_RADIUS)),
    v.object({ percent: count(100), atMost: count(600) }),
  ],
  A_RADIUS,
);

const breaker = v.union(
  [
    v.literal("off"),
    v.object({
      failures: v.optional(count(20)),
      sameTarget: v.optional(count(100)),
      within: v.optional(duration),
      halfOpenAfter: v.optional(duration),
    }),
  ],
  "expected { failures, sameTarget, within, halfOpenAfter }, or off",
);

const stormBrake = v.union(
  [
    v.literal("off"),
    v.object({
      matches: v.optional(count(600)),
      within: v.optional(duration),
      quiet: v.optional(duration),
    }),
  ],
  "expected { matches, within, quiet }, or off",
);

export const guardsSchema: v.GenericSchema<GuardsDocument, GuardsDocument> = v.object(
  {
    mode: v.optional(
      v.picklist(REMEDIATION_MODES, `expected one of ${REMEDIATION_MODES.join(", ")}`),
    ),
    modes: v.optional(modes),
    approveWithin: v.optional(duration),
    windows: v.optional(windows),
    freezes: v.optional(freezes),
    cooldown: v.optional(durationOrOff),
    maxInFlight: v.optional(countOrOff(600)),
    maxPerHour: v.optional(countOrOff(600)),
    blastRadius: v.optional(blastRadius),
    breaker: v.optional(breaker),
    stormBrake: v.optional(stormBrake),
    optIn: v.optional(
      v.object(
        { labelSelector: v.pipe(v.string("expected text"), v.nonEmpty("is empty")) },
        "expected { labelSelector: <labels of objects or of their namespaces> }",
      ),
    ),
    whenGuarded: v.optional(v.picklist(["defer", "refuse"], "expected defer or refuse")),
    deferFor: v.optional(duration),
  },
  "expected fields (key: value)",
);
