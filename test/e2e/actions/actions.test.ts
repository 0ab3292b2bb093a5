/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import {
  createActionRequest,
  readActionTarget,
  toActionPipeline,
  toActionRequest,
} from "../../support/actions/action-scene.ts";
import { ACTION_CASES, type ActionCase } from "../../support/functions/action-cases.ts";
import { countRights, toRight } from "../../support/functions/count-rights.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import { connectForPipeline, connectWithGrants } from "../../support/functions/granted-client.ts";
import { createObject, toRequestFor } from "../../support/functions/many-targets.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld();
  // Without controllers nobody else creates it, and a Pod needs one.
  await createObject(world, "serviceaccounts", "default", { metadata: { name: "default" } });
});

afterAll(async () => {
  await world?.stop();
});

const later = (): number => Date.now() + AFTER_HOLD_MS;

function deliver(request: RemediationRequest, deps: ProcessDeps): Promise<MessageVerdict> {
  return deliverRequest(request, deps, { isRepeated: true, isSigned: true });
}

/** The rights of every identity of remediate, whatever its rules do. */
const COMMON = /remediations|ruleguards|events\.|namespaces\./;
/** How the table of requests names a case. */
function toVariant({ variant, action, parameters }: ActionCase): string {
  return variant ?? (Object.hasOwn(parameters, "targets") ? `${action} with targets` : action);
}

describe.each(ACTION_CASES.map((one, index) => ({ ...one, index })))("$action ($index)", (one) => {
  const pipeline = toActionPipeline(one);
  const grants = planPermissions(pipeline, builtinCatalog()).remediate;
  let client: KubernetesClient;

  beforeAll(async () => {
    client = await connectWithGrants(world, `case-${one.index}`, grants);
  });

  afterAll(async () => client?.close());

  const create = (name: string) => createActionRequest(world, one, name);
  const read = (name: string, of?: string) => readActionTarget(world, one, name, of);

  async function expectEnd(request: RemediationRequest, at: number): Promise<void> {
    const record = await getRecord(world, request.data.record);
    expect({ at, ...record?.status }).toMatchObject({ at, phase: "Succeeded" });
    const object = await read(request.data.trigger.name);
    expect({ at, object }).toMatchObject({ at, object: one.expected });
  }

  it("is carried out under exactly the rights that its rule needs, and needs each of them", async () => {
    const name = `plain-${one.index}`;
    const request = await create(name);
    const watched = watchClient(client);
    expect(await deliver(request, toDeps(world, { client: watched, pipeline }))).toEqual({
      outcome: "done",
    });
    await expectEnd(request, 0);
    const counts = countRights(watched.requests);
    expect(counts).toEqual(ACTION_REQUESTS[toVariant(one)] ?? counts);
    const used = new Set(watched.requests.map(toRight));
    const granted = grants.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        verbs.map((verb) => `${verb} ${resources.join()}.${apiGroups.join()}`),
      ),
    );
    const unused = granted.filter((right) => !used.has(right) && !COMMON.test(right));
    expect(unused).toEqual([]);
  });

  it("as a dry run changes nothing, and says what it would do", async () => {
    const name = `dry-${one.index}`;
    const dry = toActionPipeline(one, { guards: { mode: "dryRun" } });
    await create(name);
    const before = await read(name);
    const made = (await read(name, one.resource)) as unknown as JobObject;
    const asked = toActionRequest(world, one, made, dry, "dryRun");
    await deliver(asked, toDeps(world, { client, pipeline: dry }));
    const record = await getRecord(world, asked.data.record);
    expect(record?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^would (change|delete|evict) \w+ /),
    });
    expect(await read(name)).toEqual(before);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests is finished by the next delivery, with one write",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const request = await create(`${moment}-${one.index}-${at}`);
        const killed = watchClient(client, killAt(at, moment));
        const first = await deliver(request, toDeps(world, { client: killed, pipeline }));
        if (first.outcome === "done") break;
        kills += 1;
        const resumed = watchClient(client);
        await deliver(request, toDeps(world, { client: resumed, pipeline, now: later }));
        await expectEnd(request, at);
        const sent = [
          ...killed.requests.slice(0, moment === "after" ? at : at - 1),
          ...resumed.requests,
        ];
        // A deletion that was carried out is asked for again, and finds nothing.
        const writes = sent.filter((line) => toRight(line).startsWith("patch "));
        expect([at, writes.length]).toEqual([at, one.expected === null ? 0 : 1]);
      }
      expect(kills).toBeGreaterThanOrEqual(6);
    },
  );

  it("frozen before any of its requests does nothing more when another executor has finished", async () => {
    for (let at = 1; ; at += 1) {
      const request = await create(`frozen-${one.index}-${at}`);
      const frozen = freezeAt(client, at);
      const first = deliver(request, toDeps(world, { client: frozen, pipeline }));
      if (!(await frozen.isReached(first))) break;
      await deliver(request, toDeps(world, { client, pipeline, now: later }));
      await expectEnd(request, at);
      const ended = await read(request.data.trigger.name);
      frozen.wake();
      await first;
      expect([at, await read(request.data.trigger.name)]).toEqual([at, ended]);
    }
  });
});

it("createJobFromCronJob gives the Job variables, arguments, resources and labels from the trigger", async () => {
  const container = { name: "main", image: "registry.example/drain", args: ["--all"] };
  const body = {
    metadata: { name: "drain" },
    spec: {
      schedule: "0 3 1 1 *",
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
      },
    },
  };
  const made = await createObject(world, "cronjobs.batch", "default", body);
  const pipeline = toPipeline({
    on: { resource: "cronjobs.batch" },
    where: "true",
    once: "object",
    then: [
      {
        createJobFromCronJob: {
          cronJob: "trigger",
          env: { NODE: { cel: '"$(reboot) " + object.metadata.name' } },
          args: ["--node", { cel: "object.metadata.name" }],
          limits: { memory: "64Mi" },
          labels: { of: { cel: "object.metadata.name" } },
        },
      },
    ],
  });
  const granted = await connectForPipeline(world, "job-parameters", pipeline);
  const client = watchClient(granted);
  const request = toRequestFor(world, "cronjobs.batch", made, { pipeline });
  expect(await deliver(request, toDeps(world, { client, pipeline }))).toEqual({ outcome: "done" });
  await granted.close();
  expect(countRights(client.requests)).toEqual(ACTION_REQUESTS["createJobFromCronJob"]);
  const [job, ...others] = await findJobsOf(world, request.data.record);
  expect(others).toEqual([]);
  expect(job).toMatchObject({
    metadata: { labels: { of: "drain" } },
    spec: {
      template: {
        spec: {
          containers: [
            {
              env: [{ name: "NODE", value: "$$(reboot) drain" }],
              args: ["--node", "drain"],
              resources: { limits: { memory: "64Mi" } },
            },
          ],
        },
      },
    },
  });
});
