import * as v from "valibot";

/** How long an action may take or wait: `30m`, `1h30m`; longer than nothing. */
export const durationSchema: v.GenericSchema<unknown, string> = v.pipe(
  v.string("expected a duration such as 30m"),
  v.regex(/^(?=.*[1-9])(?:[0-9]{1,6}[smhd])+$/, "expected a duration such as 30m"),
);
