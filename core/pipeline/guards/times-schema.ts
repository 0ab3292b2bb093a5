import * as v from "valibot";
import { parsePeriod, PERIOD } from "../../guards/times/period.ts";
import { parseTimestamp } from "../../text/timestamp.ts";

/** Modes by time, maintenance windows and freezes, as written. */
export type TimesDocument = {
  readonly modes?: readonly TimedModeDocument[] | undefined;
  readonly windows?: readonly string[] | undefined;
  readonly freezes?: readonly FreezeDocument[] | undefined;
};

export type TimedModeDocument = {
  readonly during?: string | undefined;
  readonly mode: "enforce" | "approval";
};

export type FreezeDocument = {
  readonly from: string;
  readonly to: string;
  readonly reason?: string | undefined;
};

/** More are hardly meant, and each is looked at for each remediation. */
const MOST = 20;
const A_PERIOD =
  "expected days, times and a zone, such as Mon-Fri 22:00-06:00 Europe/Berlin or 22:00-06:00 UTC";
const A_TIME = "expected a time such as 2026-12-20T00:00:00Z";
const UP_TO = `expected a list of 1 to ${MOST} entries`;

const period = v.pipe(
  v.string(A_PERIOD),
  v.regex(PERIOD, A_PERIOD),
  v.check((text) => parsePeriod(text) !== undefined, A_PERIOD),
);

const moment = v.pipe(
  v.string(A_TIME),
  v.check((text) => parseTimestamp(text) !== undefined, A_TIME),
);

function listOf<T>(entry: v.GenericSchema<T, T>) {
  return v.pipe(v.array(entry, UP_TO), v.minLength(1, UP_TO), v.maxLength(MOST, UP_TO));
}

export const modes: v.GenericSchema<TimedModeDocument[], TimedModeDocument[]> = listOf(
  v.object(
    {
      during: v.optional(period),
      mode: v.picklist(["enforce", "approval"], "expected enforce or approval"),
    },
    "expected { during, mode }",
  ),
);

export const windows: v.GenericSchema<string[], string[]> = listOf(period);

export const freezes: v.GenericSchema<FreezeDocument[], FreezeDocument[]> = listOf(
  v.object(
    { from: moment, to: moment, reason: v.optional(v.string("expected text")) },
    "expected { from, to, reason }",
  ),
);
