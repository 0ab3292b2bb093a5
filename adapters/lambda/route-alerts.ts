import type { AlertMessage } from "../../events/alert.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { findReceivers } from "../../core/pipeline/route.ts";
import type { ReadNamespaceLabels } from "../kubernetes/api/namespace-labels.ts";

/** An alert as one message for each of its receivers. */
export type RouteAlert = (
  alert: AlertMessage,
  signal?: AbortSignal,
) => Promise<readonly AlertMessage[]>;

/**
 * Routes alerts by the pipeline. One message on the queue is for one receiver, so that the outage of one delays no other. All messages of an
 * alert have its id: each receiver gets it once.
 */
export function createRouteAlert(
  { route = [] }: Pick<Pipeline, "route">,
  readNamespaceLabels: ReadNamespaceLabels,
): RouteAlert {
  return async (alert, signal) => {
    const { data } = alert;
    const { namespace } = data.trigger;
    let isUnknown = false;
    const names = await findReceivers(data, route, async () => {
      const labels = namespace === null ? {} : await readNamespaceLabels(namespace, signal);
      isUnknown ||= labels === undefined;
      return labels;
    });
    const fields = [...(data.fields ?? []), ...(isUnknown ? [toNote(namespace)] : [])];
    const shown = isUnknown ? { ...data, fields } : data;
    return names.map((to) => ({ ...alert, data: { ...shown, to } }));
  };
}

/** Shows the reason to the receiver that gets the alert instead. */
function toNote(namespace: string | null): { readonly name: string; readonly value: string } {
  const value = `the labels of the namespace ${namespace ?? ""} could not be read, so routes that ask for them were passed over`;
  return { name: "Routing", value };
}
