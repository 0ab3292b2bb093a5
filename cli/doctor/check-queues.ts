import { setTimeout as sleep } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { ANY_UID } from "../../events/wakeup.ts";
import { NO_TRACE, toWakeup } from "../../core/records/messages/wakeup.ts";
import { readBoundedJson } from "../../events/json.ts";
import { RECORD_API_VERSION, RECORD_RESOURCE } from "../../events/remediation.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import { readQueueSettings, type QueueSettings } from "../../sandbox/queues/queue-settings.ts";
import { DEPLOY, failed, passed, skipped, unread, type Check, type Finding } from "./finding.ts";
import type { Attributes, QueueSource } from "./queue-source.ts";

/** Whether each queue is as infra/queues.yml and infra/queue-policies.yml say, and how many messages wait in it. */
export function checkQueues(source: QueueSource, root: string): Check {
  return () => Promise.all(readQueueSettings(root).map((queue) => checkQueue(source, queue)));
}

async function checkQueue(source: QueueSource, queue: QueueSettings): Promise<Finding> {
  const check = `queue ${queue.name}`;
  const read = await source.read(queue);
  if (!read.ok) return unread(check, read.error, DEPLOY);
  const attributes = read.value;
  const faults = [
    ...findDifferences(queue, attributes),
    ...(source.isAws ? findUnsafe(queue, attributes) : []),
  ];
  if (faults.length > 0) return failed(check, faults.join("; "), DEPLOY);
  const waiting = countMessages(attributes);
  if (queue.name.includes("dead-letter") && waiting > 0) {
    return failed(
      check,
      `${waiting} dead letters`,
      `look at them with kubemend redrive ${queue.name} --dry-run, correct the cause, and move them back`,
    );
  }
  return passed(check, `as it should be, ${waiting} messages in it`);
}

/** What decides about order, retries and loss. */
const COMPARED = [
  "FifoQueue",
  "DeduplicationScope",
  "FifoThroughputLimit",
  "VisibilityTimeout",
  "MessageRetentionPeriod",
];

function findDifferences(
  { attributes: wanted }: QueueSettings,
  found: Attributes,
): readonly string[] {
  const plain = COMPARED.filter(
    (name) => wanted[name] !== undefined && wanted[name] !== found[name],
  ).map((name) => `${name} is ${found[name] ?? "not set"} instead of ${wanted[name]}`);
  const receives = readReceives(wanted["RedrivePolicy"]);
  const actual = readReceives(found["RedrivePolicy"]);
  if (receives === actual) return plain;
  return [...plain, `maxReceiveCount is ${actual ?? "not set"} instead of ${receives ?? "none"}`];
}

function readReceives(policy: string | undefined): number | undefined {
  const read = policy === undefined ? undefined : readBoundedJson(policy);
  const count = read?.outcome === "read" ? readField(read.value, "maxReceiveCount") : undefined;
  return count === undefined ? undefined : Number(count);
}

/** Encryption, and who may do what. */
function findUnsafe({ key }: QueueSettings, attributes: Attributes): readonly string[] {
  const isEncrypted =
    attributes["SqsManagedSseEnabled"] === "true" || (attributes["KmsMasterKeyId"] ?? "") !== "";
  const statements = readStatements(attributes["Policy"]);
  const deniesPlain = statements.some(
    (one) =>
      one["Effect"] === "Deny" && JSON.stringify(one["Condition"])?.includes("aws:SecureTransport"),
  );
  const namesRelay = statements.some(
    (one) => one["Effect"] === "Allow" && JSON.stringify(one["Principal"])?.includes("arn:"),
  );
  const anybody = statements.some(
    (one) => one["Effect"] === "Allow" && isAnybody(one["Principal"]),
  );
  return [
    ...(isEncrypted ? [] : ["it is not encrypted"]),
    ...(deniesPlain ? [] : ["its policy does not deny requests without TLS"]),
    ...(key === "changes" && !namesRelay ? ["its policy does not name the relay's role"] : []),
    ...(anybody ? ["its policy allows everybody"] : []),
  ];
}

function isAnybody(principal: unknown): boolean {
  return principal === "*" || readField(principal, "AWS") === "*";
}

function readStatements(policy: string | undefined): readonly Readonly<Record<string, unknown>>[] {
  const read = policy === undefined ? undefined : readBoundedJson(policy);
  const statements = read?.outcome === "read" ? readField(read.value, "Statement") : undefined;
  return Array.isArray(statements) ? (statements as readonly unknown[]).filter(isObject) : [];
}

function countMessages(attributes: Attributes): number {
  const names = ["", "NotVisible", "Delayed"].map((kind) => `ApproximateNumberOfMessages${kind}`);
  return names.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);
}

const ROUND_TRIP = "round trip";
const TAKEN_WITHIN_MS = 60_000;
const LOOK_MS = 1000;

/**
 * Sends a wake-up for a record that does not exist, which remediate acknowledges without doing anything, and waits until it has been taken.
 * No other queue tolerates a message that is about nothing.
 */
export function checkRoundTrip(
  source: QueueSource,
  cluster: { readonly name: string; readonly uid: string },
  {
    namespace,
    withinMs = TAKEN_WITHIN_MS,
  }: { /** Of the records. */ readonly namespace: string; readonly withinMs?: number },
): Check {
  const queue = { key: "wakeups", name: "wakeups" };
  return async (signal) => {
    const before = await source.read(queue);
    if (!before.ok) return [skipped(ROUND_TRIP, before.error.reason)];
    const sent = await source.send(queue, toTestWakeup(cluster, namespace));
    if (!sent.ok) {
      const fix = "give yourself sqs:SendMessage on wakeups, or leave --send out";
      return [unread(ROUND_TRIP, sent.error, fix)];
    }
    const startMs = performance.now();
    while (performance.now() - startMs < withinMs) {
      await sleep(Math.min(LOOK_MS, withinMs), undefined, { signal });
      const now = await source.read(queue);
      if (now.ok && countMessages(now.value) <= countMessages(before.value)) {
        const seconds = Math.ceil((performance.now() - startMs) / 1000);
        return [passed(ROUND_TRIP, `remediate took a test wake-up within ${seconds} s`)];
      }
    }
    const message = `nobody took a test wake-up within ${withinMs / 1000} s`;
    return [
      failed(ROUND_TRIP, message, "look at the log of remediate, and at its event source mapping"),
    ];
  };
}

function toTestWakeup(
  cluster: { readonly name: string; readonly uid: string },
  namespace: string,
): string {
  const now = new Date().toISOString();
  const name = `kubemend-doctor-${randomUUID()}`;
  const record = {
    metadata: { name, namespace, uid: ANY_UID },
    spec: { cluster, rule: { id: "kubemend-doctor" }, traceparent: NO_TRACE },
  };
  const subject = `/apis/${RECORD_API_VERSION}/namespaces/${namespace}/${RECORD_RESOURCE}/${name}`;
  return JSON.stringify(toWakeup({ record, subject, due: now, now }));
}
