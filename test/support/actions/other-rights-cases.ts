import { toPipeline, findJobsOf, type Json } from "../functions/remediation-world.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createFailedRun, createRun } from "../functions/remediation-runs.ts";
import { createObject, listAll, toRequestFor } from "../functions/many-targets.ts";
import { createNode, createPodOn, isCordoned } from "../functions/nodes.ts";
import { collectGarbage, listJobsNamed } from "./job-scene.ts";
import { again, carryOut, type RightsCase, type Situation } from "./rights-case.ts";
import { toGrants } from "./to-grants.ts";

const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

function toRule(resource: string, action: Json): Pipeline {
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  return toPipeline({ on: { resource }, where: "true", once: "object", then: [action] });
}

/** A failed run of a CronJob with this concurrencyPolicy, and as many active ones. */
function toRunAgain(
  what: string,
  pipeline: Pipeline,
  { policy = "Allow", active = 0 }: { readonly policy?: string; readonly active?: number } = {},
): Situation {
  return {
    what,
    async start(world, name) {
      const options = { spec: { concurrencyPolicy: policy } };
      const { cronJob, job } = await createFailedRun(world, name, options);
      for (let index = 0; index < active; index += 1) {
        await createRun(world, `${name}-active-${index}`, cronJob);
      }
      const request = toRequestFor(world, "jobs.batch", job, { pipeline });
      return {
        pipeline,
        request,
        look: () => listJobsNamed(world, name),
        between: () => collectGarbage(world, name),
      };
    },
  };
}

const RERUN = toRule("jobs.batch", { createJobFromCronJob: {} });
const REPLACE = toRule("jobs.batch", { createJobFromCronJob: { concurrencyPolicy: "replace" } });
const OWN = toRule("cronjobs.batch", { createJobFromCronJob: { cronJob: "trigger" } });

const OF_ITSELF: Situation = {
  what: "the CronJob is the trigger",
  async start(world, name) {
    const { cronJob } = await createFailedRun(world, name, {
      spec: { concurrencyPolicy: "Forbid" },
    });
    const request = toRequestFor(world, "cronjobs.batch", cronJob, { pipeline: OWN });
    const look = async (): Promise<unknown> => findJobsOf(world, request.data.record);
    return { pipeline: OWN, request, look };
  },
};

const DRAIN = toPipeline({
  on: { resource: "nodes" },
  where: "true",
  once: "object",
  reach: "cluster",
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  then: [{ drain: { gracePeriodSeconds: 0 } }],
});

const MOVE = toRule("configmaps", { move: { to: "backup-eu" } });
const MOVED: Situation = {
  what: "the object has no Move",
  async start(world, name) {
    const object = await createObject(world, "configmaps", "default", { metadata: { name } });
    const request = toRequestFor(world, "configmaps", object, { pipeline: MOVE });
    const look = async (): Promise<unknown> => {
      const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves";
      const { items } = await world.admin.request<{ items: readonly Json[] }>({
        method: "GET",
        path,
      });
      return JSON.stringify(items).split(`"name":"${name}"`).length;
    };
    return { pipeline: MOVE, request, look };
  },
};

const EMIT = toRule("jobs.batch", { emitEvent: { reason: "NoBackup", message: "none" } });
const REPORTED: Situation["start"] = async (world, name) => {
  const { job } = await createFailedRun(world, name);
  const request = toRequestFor(world, "jobs.batch", job, { pipeline: EMIT });
  const fieldSelector = `involvedObject.uid=${job.metadata.uid},reason=NoBackup`;
  const path = "/api/v1/namespaces/default/events";
  const look = async (): Promise<unknown> => {
    const query = { fieldSelector };
    const { items } = await world.admin.request<{ items: readonly Json[] }>({
      method: "GET",
      path,
      query,
    });
    return items;
  };
  return { pipeline: EMIT, request, look };
};

/** Actions that are in no table of cases. */
export const OTHER_RIGHTS_CASES: readonly RightsCase[] = [
  {
    what: "createJobFromCronJob",
    action: "createJobFromCronJob",
    grants: toGrants(RERUN),
    situations: [
      toRunAgain("a failed run", RERUN),
      toRunAgain("a failed run of a CronJob with Forbid", RERUN, { policy: "Forbid" }),
      again(toRunAgain("a failed run", RERUN)),
    ],
  },
  {
    what: "createJobFromCronJob of the trigger",
    action: "createJobFromCronJob",
    grants: toGrants(OWN),
    situations: [OF_ITSELF, again(OF_ITSELF)],
  },
  {
    what: "createJobFromCronJob that replaces",
    action: "createJobFromCronJob",
    grants: toGrants(REPLACE),
    situations: [
      toRunAgain("an active run is replaced", REPLACE, { active: 1 }),
      again(toRunAgain("a failed run", REPLACE)),
    ],
  },
  {
    what: "drain",
    action: "drain",
    grants: toGrants(DRAIN),
    situations: [
      {
        what: "carried out",
        async start(world, name) {
          const node = await createNode(world, name);
          await createPodOn(world, name, { namespace: "default", name: `${name}-a` });
          const request = toRequestFor(world, "nodes", node, { pipeline: DRAIN });
          return {
            pipeline: DRAIN,
            request,
            async look({ resource }) {
              const pods = await listAll(world, "pods", "default", `node=${name}`);
              return resource === "nodes" ? [pods, await isCordoned(world, name)] : pods;
            },
          };
        },
      },
    ],
  },
  {
    what: "move",
    action: "move",
    grants: toGrants(MOVE),
    situations: [MOVED, again(MOVED, "moves")],
  },
  {
    what: "emitEvent",
    action: "emitEvent",
    grants: toGrants(EMIT),
    situations: [
      { what: "nothing was reported yet", start: REPORTED },
      {
        what: "the same was reported before",
        async start(world, name) {
          const attempt = await REPORTED(world, name);
          await carryOut(world, attempt, world.admin);
          const path = `${RECORDS}/${attempt.request.data.record}`;
          await world.admin.request({ method: "DELETE", path });
          return attempt;
        },
      },
    ],
  },
];
