import type { Action } from "../contract/action.ts";
import { alertSchema, type AlertParameters } from "./alert-parameters.ts";
import { toContent } from "./to-content.ts";

/**
 * Sends an alert. In a rule that also remediates it is a step of the record: it is sent after the steps before it have ended,
 * and it includes the problem if one of them was refused or failed.
 */
export const alert: Action<AlertParameters> = {
  name: "alert",
  schema: alertSchema,
  remediates: false,
  expressions: ["title", "summary", "fields"],
  permissions: () => [],
  next({ parameters, evaluateText }) {
    const { to, summary, ...written } = parameters;
    const content = toContent(written, evaluateText);
    const operation = { type: "alert", name: "alert", to, summary: evaluateText(summary) } as const;
    const isPlain = Object.keys(content).length === 0;
    return { outcome: "operations", operations: [isPlain ? operation : { ...operation, content }] };
  },
};
