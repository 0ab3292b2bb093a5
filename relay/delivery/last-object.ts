import type { KubernetesObject } from "../../events/change.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { Rendered } from "./entry.ts";

/** The object of a message that waits, as it is sent; undefined if the message does not carry all of it. */
export function readLastObject({ body }: Rendered): KubernetesObject | undefined {
  const message = parseChangeBody(body);
  if (message.outcome === "refused" || message.value.data.truncated === true) return undefined;
  return message.value.data.object;
}
