import type { RouteAlert } from "../../adapters/lambda/route-alerts.ts";
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
      const routed = await Promise.all(draft.alerts.map((alert) => routeAlert(alert, signal)));
      return { ...draft, alerts: routed.flat() };
    }),
  );
}
