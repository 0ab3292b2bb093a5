import { parseChangeMessage, type ChangeMessage } from "../../../events/change.ts";
import { toChangeDeduplicationId, toChangeGroupId, toChangeId } from "../../../events/ids.ts";
import type { CheckInput, Miss, Sighting } from "./checked.ts";
import type { Received } from "../world/reader.ts";

/** Reads one message of the queue, and checks it against the message contract and the rules for ids. */
export function checkMessage(
  received: Received,
  input: CheckInput,
): { readonly sighting?: Sighting; readonly misses: readonly Miss[] } {
  const parsed = parseChangeMessage(received.body);
  if (parsed.outcome === "refused") {
    const text = `not a valid message: ${parsed.reason}: ${received.body.slice(0, 200)}`;
    return { misses: [{ rule: "readable", text }] };
  }
  const message = parsed.value;
  const { object, change, resourceVersion, epoch, watch } = message.data;
  const { name, uid } = object.metadata;
  const events = input.truth.get(name) ?? [];
  if (
    !input.watches.some(({ key }) => key === watch) ||
    !events.some((event) => event.uid === uid)
  ) {
    const text = `${change} of ${name} (uid ${uid}) on watch ${watch}: there is no such object or watch`;
    return { misses: [{ rule: "known", text, name }] };
  }
  const data = object["data"] as { readonly step?: unknown } | undefined;
  const step = typeof data?.step === "string" ? data.step : undefined;
  return {
    sighting: { watch, name, uid, change, resourceVersion, epoch, step },
    misses: input.checkIds ? checkIds(received, message, input) : [],
  };
}

function checkIds(
  received: Received,
  message: ChangeMessage,
  { clusterUid, namespace }: CheckInput,
): readonly Miss[] {
  const { object, change, resourceVersion, epoch, watch } = message.data;
  const { name, uid } = object.metadata;
  const id = toChangeId({ clusterUid, objectUid: uid, change, resourceVersion });
  const wanted = {
    id,
    source: `/clusters/${clusterUid}/watches/${watch}`,
    subject: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    MessageGroupId: toChangeGroupId({ clusterUid, resource: "configmaps", namespace, name }),
    MessageDeduplicationId: toChangeDeduplicationId(id, watch, epoch),
  };
  const found: Record<keyof typeof wanted, string> = {
    id: message.id,
    source: message.source,
    subject: message.subject,
    MessageGroupId: received.groupId,
    MessageDeduplicationId: received.deduplicationId,
  };
  return Object.entries(wanted).flatMap(([field, value]) => {
    const actual = found[field as keyof typeof wanted];
    if (actual === value) return [];
    const text = `${change} of ${name}@${resourceVersion}: ${field} is ${actual}, not ${value}`;
    return [{ rule: "ids" as const, text, name }];
  });
}
