/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { AlertGroups } from "../../../../adapters/alert-groups/open-alert-groups.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import type { AlertMessage } from "../../../../events/alert.ts";
import { parseWakeupMessage, type WakeupMessage } from "../../../../events/wakeup.ts";
import { checkGroup } from "../../../../functions/remediate/alerts/check-group.ts";
import { createGroupWorld, type GroupWorld } from "../../../adapters/alert-groups/group-world.ts";
import { alertOn } from "../../../core/alerts/groups/group-scene.ts";

export const RULE: string = alertOn("a").data.rule.id;

export function toPipeline(rule: object = {}): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "backup", access: { secret: "backup" } }],
    rules: [
      {
        id: RULE,
        on: { resource: "jobs.batch" },
        where: "object.status.failed > 0",
        then: [{ alert: { to: "data-oncall", summary: "'x'" } }],
        ...rule,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

export const pathOf = (name: string): string => `/apis/batch/v1/namespaces/data/jobs/${name}`;

/** The object of the alert, as the cluster shows it. */
export function put(world: GroupWorld, name: string, failed = 1, uid = `uid-${name}`): void {
  const metadata = { name, namespace: "data", uid, resourceVersion: "1" };
  const head = { apiVersion: "batch/v1", kind: "Job" };
  world.server.objects.set(pathOf(name), { ...head, metadata, status: { failed } });
}

export type Scene = {
  readonly world: GroupWorld;
  readonly groups: AlertGroups;
  /** The wake-up of the group, by the sweep unless it says otherwise. */
  readonly look: (data?: Partial<WakeupMessage["data"]>) => Promise<void>;
};

export async function createScene(
  alerts: readonly AlertMessage[],
  pipeline: Pipeline = toPipeline(),
  records: { readonly [name: string]: RemediationRecord } = {},
): Promise<Scene> {
  const world = createGroupWorld();
  const groups = world.start();
  for (const { data } of alerts) put(world, data.trigger.name);
  const digest = pipeline.rules.find(({ id }) => id === RULE)?.digest;
  await groups.send(
    alerts.map((alert) => withDigest(alert, digest)),
    world.context,
  );
  const catalog = createCatalog(builtinCatalog().entries, "discovery");
  const never = async (): Promise<never> => {
    throw new Error("not used");
  };
  const { client } = world.server;
  return {
    world,
    groups,
    look: async (data = {}) => {
      const due = new Date(world.nowMs).toISOString();
      await groups.wake(world.server.only(), due, world.context);
      const { MessageBody = "" } = world.queues.sentTo("wakeups").at(-1) ?? {};
      const wakeup = parseWakeupMessage(MessageBody);
      if (wakeup.outcome === "refused") throw new Error(wakeup.reason);
      await checkGroup(
        { ...wakeup.value, data: { ...wakeup.value.data, ...data } },
        {
          client,
          groups,
          pipeline,
          records: {
            obtain: never,
            read: async (name) => records[name],
            list: never,
            remove: never,
            saveStatus: never,
          },
          discovery: { catalog: async () => catalog, refresh: async () => catalog },
          clusterUid: never,
          sendAlert: never,
          now: () => world.nowMs,
        },
        world.context,
      );
    },
  };
}

/** Of this version of the rule, unless the alert says otherwise. */
function withDigest(alert: AlertMessage, digest: string | undefined): AlertMessage {
  const { rule } = alert.data;
  if (digest === undefined || rule.digest !== alertOn("a").data.rule.digest) return alert;
  return { ...alert, data: { ...alert.data, rule: { ...rule, digest } } };
}
