import { setTimeout as sleep } from "node:timers/promises";
import { isKubemendError } from "../../../core/errors.ts";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { toMending, type Fault, type FaultContext } from "../faults/fault.ts";
import type { DueJob } from "./job-writer.ts";
import type { Mending } from "./mending.ts";
import { untilDone } from "./until-done.ts";

const COLLECTION = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const JOBS_EACH = 2;
/** The API server reads webhooks through a watch of its own. */
const NOTICED_MS = 1_000;
/** The others' usual time is below a second. What is down for another reason comes back within this. */
const OTHERS_MS = 25_000;

/**
 * A webhook without a backend refuses every new Job of one namespace for a while. The remediations there wait; those of the other namespace
 * must be done meanwhile.
 */
export const webhookAway: Fault = async (context) => {
  const { gate, random, report } = context;
  const mending = toMending(context);
  const { healthy, troubled } = mending.places;
  const waiting = await createSome(mending, troubled);
  const name = `away-${healthy}`;
  await untilDone(async () => install(context, name, troubled));
  report("a webhook of one namespace has no backend");
  await sleep(NOTICED_MS);
  // The writers write more than the queue of this machine passes on: with them the wait would be about that.
  await gate.close();
  for (const job of waiting) await mending.jobs.fail(job);
  const others = await createSome(mending, healthy);
  for (const job of others) await mending.jobs.fail(job);
  // An outage of the API server may have hidden that one of them has failed.
  const due = mending.jobs.due().filter((job) => others.includes(job));
  const misses = await mending.untilMended(OTHERS_MS, due);
  context.onMisses(
    misses.map(({ text }) => ({
      rule: "others go on",
      text: `while a webhook of another namespace is away: ${text}`,
    })),
  );
  gate.open();
  await sleep(random.between(0, 2_000));
  await untilDone(async () => remove(context, name));
  report("the webhook is gone");
};

async function createSome({ jobs }: Mending, namespace: string): Promise<readonly DueJob[]> {
  const made: DueJob[] = [];
  for (let count = 0; count < JOBS_EACH; count += 1) {
    const job = await jobs.create(namespace);
    if (job !== undefined) made.push(job);
  }
  return made;
}

async function install({ world }: FaultContext, name: string, namespace: string): Promise<void> {
  const webhook = {
    name: "away.chaos.kubemend.dev",
    failurePolicy: "Fail",
    sideEffects: "None",
    timeoutSeconds: 2,
    admissionReviewVersions: ["v1"],
    // Nothing listens there.
    clientConfig: { url: `https://127.0.0.1:${await findFreePort()}/` },
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    rules: [
      { apiGroups: ["batch"], apiVersions: ["v1"], resources: ["jobs"], operations: ["CREATE"] },
    ],
  };
  try {
    const body = { metadata: { name }, webhooks: [webhook] };
    await world.client.request({ method: "POST", path: COLLECTION, body });
  } catch (error) {
    if (!isKubemendError(error, "AlreadyExists")) throw error;
  }
}

async function remove({ world }: FaultContext, name: string): Promise<void> {
  try {
    await world.client.request({ method: "DELETE", path: `${COLLECTION}/${name}` });
  } catch (error) {
    if (!isKubemendError(error, "NotFound")) throw error;
  }
}
