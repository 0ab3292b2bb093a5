import * as v from "valibot";

/** Longest pause before a message that failed comes again, where nothing else is set. */
export const LONGEST_PAUSE_SECONDS = 900;

/** The setting, in whole seconds; SQS hides a message for 12 h at most. */
export const longestPauseSeconds: v.GenericSchema<unknown, number> = v.pipe(
  v.optional(v.string(), String(LONGEST_PAUSE_SECONDS)),
  v.regex(/^[1-9]\d*$/, "expected whole seconds"),
  v.transform(Number),
  v.maxValue(43_200, "expected 43200 seconds at most"),
);
