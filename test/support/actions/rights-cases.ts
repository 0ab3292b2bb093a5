import { ACTION_CASES, type ActionCase } from "../functions/action-cases.ts";
import { JOB_ACTION_CASES, type JobActionCase } from "../functions/job-action-cases.ts";
import { createActionRequest, readActionTarget, toActionPipeline } from "./action-scene.ts";
import { collectGarbage, createJobRun, listJobsNamed, toJobPipeline } from "./job-scene.ts";
import { OTHER_RIGHTS_CASES } from "./other-rights-cases.ts";
import { again, type RightsCase, type Situation } from "./rights-case.ts";
import { toGrants } from "./to-grants.ts";

const TEMPLATE = {
  template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "web:1" }] } },
};

/** Actions that change an object: each needs all of its rights whenever it is carried out. */
function toActionRights(one: ActionCase): RightsCase {
  const pipeline = toActionPipeline(one);
  return {
    what: one.action,
    action: one.action,
    grants: toGrants(pipeline),
    situations: [
      {
        what: "carried out",
        async start(world, name) {
          const request = await createActionRequest(world, one, name);
          return { pipeline, request, look: () => readActionTarget(world, one, name) };
        },
      },
    ],
  };
}

function toJobSituations(one: JobActionCase): readonly Situation[] {
  const start: Situation["start"] = async (world, name) => {
    const { pipeline, request } = await createJobRun(world, one, name);
    const look = async (): Promise<unknown> => listJobsNamed(world, name);
    return { pipeline, request, look, between: () => collectGarbage(world, name) };
  };
  const situation = { what: one.what, start };
  if (one.creates === 0 || one.before !== undefined) return [situation];
  return [situation, again(situation)];
}

/** With the rights to replace Jobs, too. */
const CHANGED_IN_PLACE: JobActionCase = {
  what: "applyJob that may replace a Job, and changes it in place",
  action: "applyJob",
  parameters: (name) => ({
    job: { metadata: { name }, spec: { ...TEMPLATE, ttlSecondsAfterFinished: 9_000 } },
    policy: "recreate",
  }),
  before: TEMPLATE,
  creates: 0,
  keeps: true,
  expected: {},
};

/** Actions that write Jobs: those with the same role are situations of one case. */
function listJobRights(): readonly RightsCase[] {
  const byRole = new Map<string, RightsCase>();
  for (const one of [...JOB_ACTION_CASES, CHANGED_IN_PLACE]) {
    const grants = toGrants(toJobPipeline(one, "any"));
    const role = `${one.action} ${JSON.stringify(grants)}`;
    const { what, action } = one;
    const known = byRole.get(role) ?? { what, action, grants, situations: [] };
    byRole.set(role, { ...known, situations: [...known.situations, ...toJobSituations(one)] });
  }
  return [...byRole.values()];
}

/** At least one for each action. */
export const RIGHTS_CASES: readonly RightsCase[] = [
  ...ACTION_CASES.map(toActionRights),
  ...listJobRights(),
  ...OTHER_RIGHTS_CASES,
];
