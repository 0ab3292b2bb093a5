import type { AlertMessage } from "../../events/alert.ts";
import type { SendContext } from "./send-context.ts";
import type { SendAlerts } from "./send-grouped.ts";
import type { RouteAlert } from "../lambda/route-alerts.ts";

/** Gives the receivers for which the alert is in the queue now, or counted in its group. */
export type SendAlert = (message: AlertMessage, signal?: AbortSignal) => Promise<readonly string[]>;

/**
 * Sends alerts through their groups, a message for each receiver; throws the queue's error. An alert that is sent again keeps its id, and
 * is sent to all of its receivers again, unless their groups have it.
 */
export function createSendAlert(
  deps: { readonly routeAlert: RouteAlert; readonly send: SendAlerts },
  context: SendContext,
): SendAlert {
  return async (message, signal = context.signal) => {
    const messages = await deps.routeAlert(message, signal);
    for (const outcome of await deps.send(messages, { ...context, signal })) {
      if (outcome.outcome === "refused") throw outcome.error;
    }
    return messages.map(({ data }) => data.to);
  };
}
