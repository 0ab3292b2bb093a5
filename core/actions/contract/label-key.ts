import * as v from "valibot";
import { RECORD_GROUP } from "../../../events/remediation.ts";

/** The key of a label or an annotation that a rule may write: not one of those that say what Kubemend did. */
export const labelKey: v.GenericSchema<string, string> = v.pipe(
  v.string("expected a key"),
  v.regex(
    new RegExp(`^(?!([a-z0-9-]+\\.)*${RECORD_GROUP.replaceAll(".", "\\.")}/).+$`),
    `expected a key outside ${RECORD_GROUP}, which says what Kubemend did`,
  ),
);
