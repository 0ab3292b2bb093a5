import * as v from "valibot";
import { DEFAULT_RECEIVER } from "../../../events/alert.ts";
import type { Action } from "../contract/action.ts";

/** `to`: a name of the pipeline's `receivers`. `summary`: CEL over the trigger that gives a string. */
export type AlertParameters = { readonly to: string; readonly summary: string };

const text = v.pipe(v.string(), v.nonEmpty("expected a text"));

/**
 * Sends an alert. In a rule that also remediates it is a step of the record: it is sent after the steps before it have ended,
 * and it includes the problem if one of them was refused or failed.
 */
export const alert: Action<AlertParameters> = {
  name: "alert",
  schema: v.strictObject({ to: v.optional(text, DEFAULT_RECEIVER), summary: text }),
  remediates: false,
  expressions: ["summary"],
  permissions: () => [],
  next: ({ parameters, evaluateText }) => ({
    outcome: "operations",
    operations: [
      {
        type: "alert",
        name: "alert",
        to: parameters.to,
        summary: evaluateText(parameters.summary),
      },
    ],
  }),
};
