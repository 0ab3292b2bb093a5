import type { Action } from "../contract/action.ts";
import { alertSchema, type AlertParameters } from "./alert-parameters.ts";
import { toGrouping } from "./grouping.ts";
import { toContent } from "./to-content.ts";

/**
 * Sends an alert. In a rule that also remediates it is a step of the record: it is sent after the steps before it have ended,
 * and it includes the problem if one of them was refused or failed.
 */
export const alert: Action<AlertParameters> = {
  name: "alert",
  schema: alertSchema,
  remediates: false,
  expressions: ["title", "summary", "fields", "groupBy"],
  permissions: () => [],
  next({ parameters, evaluateText }) {
    const { to, summary, ...written } = parameters;
    const content = toContent(written, evaluateText);
    const grouping = toGrouping(written, evaluateText);
    const operation = {
      type: "alert",
      name: "alert",
      to,
      summary: evaluateText(summary),
      ...(Object.keys(content).length === 0 ? {} : { content }),
      ...(grouping === undefined ? {} : { grouping }),
    } as const;
    return { outcome: "operations", operations: [operation] };
  },
};
