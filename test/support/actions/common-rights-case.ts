import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createGuardDesk } from "../../../functions/remediate/guards/desk.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import { ACTION_CASES } from "../functions/action-cases.ts";
import type { RemediationWorld } from "../functions/remediation-world.ts";
import { createActionRequest, readActionTarget, toActionPipeline } from "./action-scene.ts";
import { carryOut, type Attempt, type RightsCase, type Situation } from "./rights-case.ts";
import { toGrants } from "./to-grants.ts";

const GUARDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards";
/** Its target is not the trigger: then the records about the target are listed, too. */
const CASE = ACTION_CASES.find(({ variant }) => variant === "restartRollout from a Pod");
if (CASE === undefined) throw new Error("there is no such case");
const ONE = CASE;

/** With a guard, whose name is that of the rule, and the cluster's uid as the function reads it. */
async function start(world: RemediationWorld, name: string): Promise<Attempt> {
  const pipeline = toActionPipeline(ONE, { id: name });
  const request = await createActionRequest(world, ONE, name, pipeline);
  const logged: string[] = [];
  return {
    pipeline,
    request,
    logged,
    async look({ resource }) {
      if (resource === "events") return findEnds(world, request.data.trigger.uid);
      return readActionTarget(world, ONE, name);
    },
    more: (client) => toOwnDeps(client, logged),
  };
}

function toOwnDeps(client: KubernetesClient, logged: string[]): Partial<ProcessDeps> {
  const records = createRecordStore({ client, namespace: "kubemend" });
  const desk = { client, records, namespace: "kubemend", now: Date.now };
  return {
    clusterUid: createClusterUid(client),
    guards: createGuardDesk({ ...desk, sendWakeup: async () => undefined }),
    onEventRefused: (_record, error) => void logged.push(String(error)),
  };
}

/** The Events about the ends of the records of an object. */
async function findEnds(world: RemediationWorld, uid: string): Promise<number> {
  const { items } = await world.admin.request<{ items: readonly object[] }>({
    method: "GET",
    path: "/api/v1/namespaces/default/events",
    query: { fieldSelector: `involvedObject.uid=${uid}` },
  });
  return items.length;
}

const SITUATIONS: readonly Situation[] = [
  { what: "for the first time", start },
  {
    what: "delivered again",
    async start(world, name) {
      const attempt = await start(world, name);
      await carryOut(world, attempt, world.admin);
      return attempt;
    },
  },
  {
    what: "with a guard that has lost its label",
    async start(world, name) {
      const body = {
        apiVersion: "kubemend.dev/v1alpha1",
        kind: "RuleGuard",
        metadata: { name, namespace: "kubemend" },
      };
      await world.admin.request({ method: "POST", path: GUARDS, body });
      return start(world, name);
    },
  },
];

/** The rights of every remediation, with any action: for its record, its guard, and the Event about its end. */
export const COMMON_RIGHTS_CASE: RightsCase = {
  what: "every remediation",
  action: ONE.action,
  grants: toGrants(toActionPipeline(ONE)),
  situations: SITUATIONS,
};
