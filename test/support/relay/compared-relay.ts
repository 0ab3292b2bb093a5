import type { Journal } from "../../../adapters/journal/journal.ts";
import type { ChangedAnswer, KubernetesObject } from "../../../events/change.ts";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import type { Batch } from "../../../relay/delivery/delivery.ts";
import type { Entry } from "../../../relay/delivery/entry.ts";
import { createRenderer } from "../../../relay/delivery/render-message.ts";
import { createFieldDigester, readComparisonKey } from "../../../relay/detect/digest-fields.ts";
import type { Leadership } from "../../../relay/handover/leadership.ts";
import type { ComparedFields } from "../../../relay/plan/tracked-watch.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { configMap } from "./change.ts";
import { plannedWatch } from "./followed-watch.ts";
import {
  began,
  createDeliveryScene,
  ended,
  openTestJournal,
  read,
  type DeliveryScene,
} from "./relay-delivery.ts";
import { ALONE } from "./relay.ts";

/** The rule of `ORIGIN`, on the data of ConfigMaps. */
export const COMPARES_DATA: ComparedFields = { ruleId: "a-rule", fields: [["data"]] };

/** A delivery whose rules compare fields, with the messages that a relay sends. */
export function createComparedScene(
  journal: Journal,
  options: {
    readonly compared?: readonly ComparedFields[];
    readonly leadership?: Leadership;
  } = {},
): DeliveryScene {
  const { compared = [COMPARES_DATA], leadership = ALONE } = options;
  const digester = createFieldDigester(readComparisonKey(journal), compared);
  const planned = plannedWatch();
  const tracked = { ...planned.tracked, compared };
  const buffer = new ChangeBuffer(
    { maxObjects: 10_000, maxBytes: 10_000_000 },
    createRenderer([{ ...planned, tracked, digester }], () => journal.epoch()),
  );
  return createDeliveryScene(journal, { watch: { compared }, leadership, buffer, digester });
}

/** A state of a ConfigMap with one value. */
export const valued = (name: string, version: string, value: string): KubernetesObject =>
  configMap(name, version, { data: { value } });

export const listedWith = (name: string, version: string, value: string): WatchStep => ({
  type: "listed",
  ...read(valued(name, version, value)),
});

export const changedWith = (
  event: "ADDED" | "MODIFIED" | "DELETED",
  name: string,
  version: string,
  value: string,
): WatchStep => ({ type: "changed", event, ...read(valued(name, version, value)) });

/** The answer of a message about the rule's fields; undefined if it has none. */
export function readAnswer({ rendered }: Entry, rule = "a-rule"): ChangedAnswer | undefined {
  const parsed = parseChangeBody(rendered.body);
  if (parsed.outcome === "refused") throw new Error(parsed.reason);
  return parsed.value.data.changed?.[rule];
}

export const ACCEPTED: { readonly outcome: "accepted"; readonly messageId: string } = {
  outcome: "accepted",
  messageId: "m",
};

/** The states in a batch with their answers: `a@5 yes`. */
export const describeBatch = (batch: Batch): readonly string[] =>
  batch.map(({ entry }) => `${entry.name}@${entry.resourceVersion} ${readAnswer(entry)}`);

/** The queue accepts everything that waits: `a@5 yes`. */
export function accept({ delivery }: DeliveryScene): readonly string[] {
  const sent: string[] = [];
  for (;;) {
    const [batch] = delivery.takeBatches(1);
    if (batch === undefined) return sent;
    sent.push(...describeBatch(batch));
    delivery.settle(
      batch,
      batch.map(() => ACCEPTED),
    );
  }
}

/** A relay that knows `a` with the value A at version 5, and whose checkpoint is 10. */
export async function startWithA(
  path: string,
): Promise<{ journal: Journal; relay: DeliveryScene }> {
  const journal = openTestJournal(path);
  const relay = createComparedScene(journal);
  await relay.read(began(), listedWith("a", "5", "A"), ended("10"));
  return { journal, relay };
}
