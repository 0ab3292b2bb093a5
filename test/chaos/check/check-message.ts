import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { toChangeDeduplicationId, toChangeGroupId, toChangeId } from "../../../events/ids.ts";
import type { CheckInput, Miss, Sighting } from "./checked.ts";
import { STEP_ANNOTATION } from "../world/own-objects.ts";
import { COMPARED_RULE } from "../world/pipeline.ts";
import type { Received } from "../world/reader.ts";

/** Reads one message of the queue, and checks it against the message contract and the rules for ids. */
export function checkMessage(
  received: Received,
  input: CheckInput,
): { readonly sighting?: Sighting; readonly misses: readonly Miss[] } {
  const parsed = parseChangeBody(received.body);
  if (parsed.outcome === "refused") {
    const text = `not a valid message: ${parsed.reason}: ${received.body.slice(0, 200)}`;
    return { misses: [{ rule: "readable", text }] };
  }
  const message = parsed.value;
  const { object, change, resourceVersion, epoch, watch, gap } = message.data;
  const changed = message.data.changed?.[COMPARED_RULE];
  if (input.ruleWatches?.includes(watch) === true) return { misses: [] };
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
  const annotations = object.metadata["annotations"] as
    | Readonly<Record<string, string>>
    | undefined;
  // Only poison has the annotation: everything else must arrive whole.
  const step = typeof data?.step === "string" ? data.step : annotations?.[STEP_ANNOTATION];
  return {
    sighting: { watch, name, uid, change, resourceVersion, epoch, step, changed, gap },
    misses: input.checkIds ? checkIds(received, message, input) : [],
  };
}

function checkIds(
  received: Received,
  message: ChangeMessage,
  { clusterUid, namespace, watches }: CheckInput,
): readonly Miss[] {
  const { object, change, resourceVersion, epoch, watch } = message.data;
  const { name, uid } = object.metadata;
  const isOfThings = watches.find(({ key }) => key === watch)?.resource === "things";
  const resource = isOfThings ? "things.chaos.kubemend.dev" : "configmaps";
  const root = isOfThings ? "/apis/chaos.kubemend.dev/v1" : "/api/v1";
  const id = toChangeId({ clusterUid, objectUid: uid, change, resourceVersion });
  const wanted = {
    id,
    source: `/clusters/${clusterUid}/watches/${watch}`,
    subject: `${root}/namespaces/${namespace}/${isOfThings ? "things" : "configmaps"}/${name}`,
    MessageGroupId: toChangeGroupId({ clusterUid, resource, namespace, name }),
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
