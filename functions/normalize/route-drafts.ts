import { parseAlertMessage } from "../../events/alert.ts";
import type { RouteAlert } from "../../adapters/lambda/route-alerts.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import type { Draft } from "./send-drafts.ts";

/** The same drafts, in which each alert is one message for each of its receivers. */
export async function routeDrafts(
  drafts: readonly Draft[],
  routeAlert: RouteAlert,
  signal: AbortSignal,
): Promise<readonly Draft[]> {
  return Promise.all(
    drafts.map(async (draft) => {
      if (draft.verdict !== undefined || draft.alerts.length === 0) return draft;
      const routed = await Promise.all(
        draft.alerts.map((entry) => routeEntry(entry, routeAlert, signal)),
      );
      return { ...draft, alerts: routed.flat() };
    }),
  );
}

/** An alert that is about to be sent, as one message for each of its receivers. */
export async function routeEntry(
  entry: SqsEntry,
  routeAlert: RouteAlert,
  signal?: AbortSignal,
): Promise<readonly SqsEntry[]> {
  const read = parseAlertMessage(entry.body);
  if (read.outcome === "refused") return [entry];
  const messages = await routeAlert(read.value, signal);
  return messages.map((message) => ({ ...entry, body: JSON.stringify(message) }));
}
