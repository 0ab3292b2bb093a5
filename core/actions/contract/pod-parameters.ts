import * as v from "valibot";

/** The time that Pods have to stop. */
export const graceSchema: v.GenericSchema<unknown, number | undefined> = v.optional(
  v.pipe(v.number("expected seconds"), v.integer("expected seconds"), v.minValue(0)),
);

/** How long an action waits for PodDisruptionBudgets. */
export const withinSchema: v.GenericSchema<unknown, string> = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^(?=.*[1-9])(?:[0-9]{1,6}[smhd])+$/, "expected a duration such as 30m"),
  ),
  "1h",
);
