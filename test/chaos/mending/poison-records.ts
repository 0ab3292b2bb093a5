import { randomUUID } from "node:crypto";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { ListSelection } from "../../../adapters/kubernetes/api/list-pages.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import { sweep } from "../../../functions/sweep/sweep.ts";
import { toMending, type Fault, type FaultContext } from "../faults/fault.ts";
import { toRecordsPath } from "./mending.ts";
import { untilDone } from "./until-done.ts";

type Json = Readonly<Record<string, unknown>>;
/** A record that somebody wrote by hand: parts of the spec, and a status. */
type Poison = { readonly spec?: Json; readonly status?: Json };

const SWEEP_MS = 20_000;
const LONG_AGO = "2020-01-01T00:00:00.000Z";

/** Each is refused by the API server, or lies among the others from then on. */
const POISON: readonly Poison[] = [
  // A rule that nobody knows.
  { spec: { rule: { id: "poison", digest: "poison" } } },
  { status: { phase: "Waiting", wakeAt: LONG_AGO, reason: "poison" } },
  // A plan that nobody can carry out, of a run that is long dead.
  {
    status: {
      phase: "Running",
      holder: "poison",
      holdUntil: LONG_AGO,
      plan: { operations: [{ type: "explode", name: "poison" }, null, 7] },
      steps: [{ name: "poison", state: "started" }],
    },
  },
  { status: { phase: "Succeeded" } },
  { status: { phase: "Running", holdUntil: "never", holder: "" } },
  // A trigger that cannot exist.
  { spec: { trigger: toTrigger("../poison", { group: "poison", resource: "poison", kind: "" }) } },
  { spec: { traceparent: "poison", onceKey: "x".repeat(100_000) } },
  { spec: { references: [{ poison: true }], change: "poison" } },
];

/** Records that somebody wrote by hand: malformed, long due, of unknown rules. Wake-ups and the sweep meet them. */
export const poisonRecords: Fault = async (context) => {
  const { report } = context;
  const { places } = toMending(context);
  let stored = 0;
  for (const poison of POISON) {
    const name = `poison-${randomUUID()}`;
    const isStored = await untilDone(async () => store(context, places.healthy, name, poison));
    if (isStored) stored += 1;
    await untilDone(async () => wakeUp(context, places.healthy, name));
  }
  report(
    `${stored} of ${POISON.length} poison records were stored, and wake-ups were sent for all`,
  );
  await sweepOnce(context, places.healthy);
};

/** False if the API server refuses it. */
async function store(
  { world: { client, clusterUid } }: FaultContext,
  namespace: string,
  name: string,
  { spec, status }: Poison,
): Promise<boolean> {
  const path = toRecordsPath(namespace);
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Remediation" };
  const body = { ...head, metadata: { name, namespace }, spec: { ...toSpec(clusterUid), ...spec } };
  const refuse = (error: unknown): undefined => {
    if (isKubemendError(error, "Invalid") || isKubemendError(error, "AlreadyExists"))
      return undefined;
    throw error;
  };
  const made = await client.request<Json>({ method: "POST", path, body }).catch(refuse);
  if (made === undefined || status === undefined) return made !== undefined;
  const statusPath = `${path}/${name}/status`;
  await client
    .request({ method: "PUT", path: statusPath, body: { ...made, status } })
    .catch(refuse);
  return true;
}

async function wakeUp(context: FaultContext, namespace: string, name: string): Promise<void> {
  const { world } = context;
  const data = { cluster: { name: "chaos", uid: world.clusterUid }, due: LONG_AGO };
  const body = {
    specversion: "1.0",
    id: randomUUID(),
    source: `/clusters/${world.clusterUid}/rules/poison`,
    type: "dev.kubemend.wakeup",
    subject: `${toRecordsPath(namespace)}/${name}`,
    time: LONG_AGO,
    dataschema: "urn:kubemend:wakeup:1",
    traceparent: `00-${"0".repeat(31)}1-${"0".repeat(15)}1-01`,
    data: { ...data, record: { name, namespace, uid: "*" } },
  };
  const QueueUrl = toMending(context).queues["wakeups"];
  await world.queueClient.send(
    new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }),
  );
}

/** A sweep must get to its end, whatever lies among the records. */
async function sweepOnce(context: FaultContext, namespace: string): Promise<void> {
  const { client } = context.world;
  const deps = {
    client,
    records: createRecordStore({ client, namespace }),
    pages: (selection: ListSelection, signal: AbortSignal) =>
      readRecordPages({ client, namespace }, selection, signal),
    sendWakeup: createSendWakeup({
      client: context.world.queueClient,
      queueUrl: toMending(context).queues["wakeups"] ?? "",
      now: () => Date.now(),
    }),
    now: () => Date.now(),
  };
  try {
    await untilDone(async () => {
      const signal = AbortSignal.timeout(SWEEP_MS);
      const { records, woken, left } = await sweep(
        deps,
        {},
        { deadlineMs: Date.now() + SWEEP_MS, signal },
      );
      context.report(`a sweep met ${records} records, woke ${woken} and left ${left}`);
    });
  } catch (error) {
    const text = `no sweep gets to its end: ${describeError(error)}`;
    context.onMisses([{ rule: "others go on", text }]);
  }
}

function toSpec(clusterUid: string): Json {
  return {
    cluster: { name: "chaos", uid: clusterUid },
    rule: { id: "rerun", digest: "poison" },
    onceKey: "object",
    mode: "enforce",
    change: { id: "poison", kind: "modified", time: LONG_AGO },
    trigger: toTrigger(`poison-${randomUUID()}`),
    references: [],
    traceparent: `00-${"0".repeat(31)}1-${"0".repeat(15)}1-01`,
  };
}

function toTrigger(name: string, more: Json = {}): Json {
  return {
    group: "batch",
    version: "v1",
    resource: "jobs",
    kind: "Job",
    namespaced: true,
    namespace: "poison",
    name,
    uid: randomUUID(),
    resourceVersion: "1",
    ...more,
  };
}
