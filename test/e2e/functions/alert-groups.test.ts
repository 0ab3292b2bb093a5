import { afterAll, beforeAll, expect, it } from "vitest";
import { openAlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import { listSilences } from "../../../adapters/alert-groups/read-silences.ts";
import { toAlertGroup } from "../../../adapters/alert-groups/group-store.ts";
import { createWakeGroup } from "../../../adapters/alert-groups/wake-group.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { parseAlertMessage, type AlertData, type AlertMessage } from "../../../events/alert.ts";
import { parseWakeupMessage } from "../../../events/wakeup.ts";
import { checkGroup } from "../../../functions/remediate/alerts/check-group.ts";
import { sweepGroups } from "../../../functions/sweep/sweep-groups.ts";
import { createFakeQueues, toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { alertOn } from "../../core/alerts/groups/group-scene.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { createFailedRun, deleteJob } from "../../support/functions/remediation-runs.ts";
import {
  startRemediationWorld,
  toDeps,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const GROUPS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/alertgroups";
const SILENCES = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/silences";

let world: RemediationWorld;
let normalizer: KubernetesClient;

beforeAll(async () => {
  world = await startRemediationWorld({ admission: true });
  normalizer = await connectLean({ kubeconfig: world.kubeconfigs.normalize });
});

afterAll(async () => {
  await normalizer?.close();
  await world?.stop();
});

/** Functions with the rights that are generated for them, queues in memory, and a clock of their own. */
function createFunctions() {
  const queues = createFakeQueues();
  const counts = new Map<string, number>();
  const log = (): void => undefined;
  let nowMs = Date.now();
  const now = (): number => nowMs;
  const context: SendContext = {
    signal: new AbortController().signal,
    telemetry: {
      logger: { debug: log, info: log, warn: log, error: log },
      count: (metric, value = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    },
  };
  const sendWakeup = createSendWakeup({
    client: queues.client,
    queueUrl: toQueueUrl("wakeups"),
    now,
  });
  const open = (client: KubernetesClient) =>
    openAlertGroups({
      client,
      namespace: "kubemend",
      queue: { client: queues.client, queueUrl: toQueueUrl("alerts") },
      sendWakeup,
      now,
    });
  let read = 0;
  return {
    counts,
    context,
    startNormalize: () => open(normalizer),
    pass: (ms: number) => {
      nowMs += ms;
    },
    sent: (): readonly AlertData[] =>
      queues.sentTo("alerts").map(({ MessageBody = "" }) => {
        const parsed = parseAlertMessage(MessageBody);
        if (parsed.outcome === "refused") throw new Error(parsed.reason);
        return parsed.value.data;
      }),
    /** The sweep, and then remediate for whatever was woken. */
    async sweep() {
      const wake = createWakeGroup({ sendWakeup, now: () => new Date(nowMs).toISOString() });
      const deps = { client: world.sweeper, namespace: "kubemend", wake, now };
      const report = await sweepGroups(deps, {}, { ...context, deadlineMs: Infinity });
      const wakeups = queues.sentTo("wakeups");
      for (const { MessageBody = "" } of wakeups.slice(read)) {
        const parsed = parseWakeupMessage(MessageBody);
        if (parsed.outcome === "refused") throw new Error(parsed.reason);
        const groups = open(world.client);
        await checkGroup(parsed.value, { ...toDeps(world), groups, now }, context);
      }
      read = queues.sentTo("wakeups").length;
      return report;
    },
  };
}

const [RULE] = toPipeline().rules;

/** An alert of the world's rule. */
function toAlertOn(name: string, data: Partial<AlertData> = {}): AlertMessage {
  const alert = alertOn(name, data);
  const rule = { id: RULE?.id ?? "", digest: RULE?.digest ?? "" };
  return { ...alert, data: { ...alert.data, rule } };
}

const readGroups = async () => {
  const list = await world.admin.request<{ items: readonly object[] }>({
    method: "GET",
    path: GROUPS,
  });
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "AlertGroup" };
  return list.items.map((item) => toAlertGroup({ ...item, ...head }));
};

it("a storm of 500 alerts in several functions is two messages, with the exact number of the API server", async () => {
  const functions = createFunctions();
  const processes = Array.from({ length: 4 }, () => functions.startNormalize());
  const alerts = Array.from({ length: 500 }, (_none, index) =>
    toAlertOn(`job-${index}`, { to: "storm" }),
  );
  const [first = functions.startNormalize()] = processes;
  const send = async (at: number): Promise<void> => {
    const own = processes[at] ?? first;
    for (let from = at * 10; from < 500; from += 40) {
      await own.send(alerts.slice(from, from + 10), functions.context);
    }
  };
  await Promise.all(processes.map((_process, at) => send(at)));
  const group = (await readGroups()).find(({ spec }) => spec.to === "storm");
  expect(group?.status.open).toHaveLength(500);
  expect(group?.status.collected?.count).toBe(499);
  functions.pass(300_000);
  await functions.sweep();
  expect(functions.counts.get("AlertsUngrouped")).toBeUndefined();
  expect(functions.sent()).toMatchObject([
    { group: { reason: "first", alerts: 1 } },
    { group: { reason: "window", alerts: 499 } },
  ]);
});

it("an alert is resolved when its Job is gone, which remediate asks of the cluster with its own rights", async () => {
  const functions = createFunctions();
  const { job } = await createFailedRun(world, "resolved");
  const { name, uid } = job.metadata;
  const trigger = { apiVersion: "batch/v1", kind: "Job", namespace: "default", name, uid };
  await functions
    .startNormalize()
    .send([toAlertOn(name, { trigger, to: "single" })], functions.context);
  await functions.sweep();
  const own = () => functions.sent().filter(({ to }) => to === "single");
  expect(own()).toHaveLength(1);
  await deleteJob(world, job);
  functions.pass(60_000);
  await functions.sweep();
  expect(own()).toMatchObject([{}, { status: "resolved", group: { open: 0 } }]);
  expect(functions.counts.get("AlertsUnchecked")).toBeUndefined();
});

it("nobody but the functions writes groups, and the functions write no silence", async () => {
  await createFunctions()
    .startNormalize()
    .send([toAlertOn("a", { to: "guarded" })], createFunctions().context);
  const group = (await readGroups()).find(({ spec }) => spec.to === "guarded");
  const path = `${GROUPS}/${group?.metadata.name}`;
  const denied = { code: "AdmissionDenied" };
  const forged = { ...group, status: { ...group?.status, open: [] } };
  await expect(world.admin.request({ method: "PUT", path, body: forged })).rejects.toMatchObject(
    denied,
  );
  await expect(world.admin.request({ method: "DELETE", path })).rejects.toMatchObject(denied);
  const body = toSilence("system:serviceaccount:kubemend:kubemend-normalize");
  await expect(normalizer.request({ method: "POST", path: SILENCES, body })).rejects.toMatchObject({
    code: "Forbidden",
  });
});

it("nobody prolongs a silence in the name of the person who wrote it", async () => {
  const alice = await createSilencer("alice");
  const bob = await createSilencer("bob");
  const { name } = (
    await alice.client.request<{ metadata: { name: string } }>({
      method: "POST",
      path: SILENCES,
      body: toSilence(alice.by, { labels: { namespace: "prolonged" } }),
    })
  ).metadata;
  const path = `${SILENCES}/${name}`;
  const contentType = "application/merge-patch+json";
  const until = new Date(Date.now() + 7_200_000).toISOString();
  const prolong = (spec: object) =>
    bob.client.request<{ spec: object }>({
      method: "PATCH",
      path,
      contentType,
      body: { spec: { until, ...spec } },
    });
  await expect(prolong({})).rejects.toMatchObject({ code: "AdmissionDenied" });
  await expect(prolong({ by: alice.by })).rejects.toMatchObject({ code: "AdmissionDenied" });
  expect((await prolong({ by: bob.by })).spec).toMatchObject({ by: bob.by });
  const body = { metadata: { labels: { note: "seen" } } };
  await alice.client.request({ method: "PATCH", path, contentType, body });
});

/** A user who may write silences, and their name. */
async function createSilencer(name: string) {
  const client = await world.createUser(name);
  const by = `system:serviceaccount:default:${name}`;
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/kubemend";
  const metadata = { name: `silences-${name}`, namespace: "kubemend" };
  const rules = [
    { apiGroups: ["kubemend.dev"], resources: ["silences"], verbs: ["create", "patch", "list"] },
  ];
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules };
  await world.admin.request({ method: "POST", path: `${rbac}/roles`, body: role });
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
  };
  await world.admin.request({ method: "POST", path: `${rbac}/rolebindings`, body: binding });
  return { client, by };
}

function toSilence(by: string, spec: object = { rule: RULE?.id }) {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Silence",
    metadata: { generateName: "silence-" },
    spec: { ...spec, until, by },
  };
}

it("a person silences in their own name only, and what a silence selects does not change", async () => {
  const post = (body: object) =>
    world.admin.request<{ metadata: { name: string } }>({ method: "POST", path: SILENCES, body });
  await expect(post(toSilence("somebody-else"))).rejects.toMatchObject({ code: "AdmissionDenied" });
  const user = await world.admin.request<{
    status: { userInfo: { username: string } };
  }>({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  const by = user.status.userInfo.username;
  await expect(post(toSilence(by, {}))).rejects.toMatchObject({ code: "Invalid" });
  const { metadata } = await post(toSilence(by, { labels: { namespace: "quiet" } }));
  const path = `${SILENCES}/${metadata.name}`;
  const patch = (spec: object) =>
    world.admin.request({
      method: "PATCH",
      path,
      contentType: "application/merge-patch+json",
      body: { spec },
    });
  await expect(patch({ labels: { namespace: "loud" } })).rejects.toMatchObject({ code: "Invalid" });
  const until = new Date(Date.now() + 7_200_000).toISOString();
  await expect(patch({ until, by: "somebody-else" })).rejects.toMatchObject({
    code: "AdmissionDenied",
  });
  await patch({ until: new Date().toISOString() });
  const read = await listSilences(
    { client: world.client, namespace: "kubemend" },
    new AbortController().signal,
  );
  expect(read.map(({ spec }) => spec.labels)).toContainEqual({ namespace: "quiet" });
});

it("kubemend silence silences, lists and ends; what was silenced is counted and sent then", async () => {
  const functions = createFunctions();
  const silence = async (...args: readonly string[]) => {
    const run = kubemend(["silence", ...args, "--json", "--kubeconfig", world.kubeconfig]);
    return (await run.ended).stdout;
  };
  const made = await silence("--label", "namespace=default", "--for", "2h", "--reason", "upgrade");
  const { name } = JSON.parse(made) as { readonly name: string };
  const { job } = await createFailedRun(world, "silenced");
  const { name: jobName, uid } = job.metadata;
  const trigger = { apiVersion: "batch/v1", kind: "Job", namespace: "default", name: jobName, uid };
  const alert = toAlertOn(jobName, { trigger, to: "silenced" });
  await functions.startNormalize().send([alert], functions.context);
  await functions.sweep();
  const own = () => functions.sent().filter(({ to }) => to === "silenced");
  expect(own()).toEqual([]);
  expect(await silence("--list")).toContain(name);
  await silence("--end", name);
  expect(await silence("--list")).not.toContain(name);
  functions.pass(60_000);
  await functions.sweep();
  expect(own()).toMatchObject([{ group: { reason: "window", alerts: 1, open: 1 } }]);
  expect(own()[0]?.summary).toContain(`silenced (${name})`);
});
