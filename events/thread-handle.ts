import * as v from "valibot";

/** The handle of a receiver's thread, as its adapter writes it; nothing else interprets it. Printable ASCII, without spaces. */
export const threadHandle: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7E]{1,200}$/, "expected the handle of a thread"),
);
