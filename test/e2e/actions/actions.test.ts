/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import {
  ACTION_CASES,
  type ActionCase,
  type CaseObject,
} from "../../support/functions/action-cases.ts";
import { countRights, toRight } from "../../support/functions/count-rights.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import { connectForPipeline, connectWithGrants } from "../../support/functions/granted-client.ts";
import { createObject } from "../../support/functions/many-targets.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
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

function toActionPipeline({ action, parameters, resource }: ActionCase): Pipeline {
  const on = { resource };
  const rule = { on, where: "true", once: "object", then: [{ [action]: parameters }] };
  return toPipeline(rule);
}

/** The rights of every identity of remediate, whatever its rules do. */
const COMMON = /remediations|ruleguards|events\.|namespaces\./;
function toEntry(resource: string) {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  return { ...entry, namespace: entry.namespaced ? "default" : null };
}

/** How the table of requests names a case. */
function toVariant({ variant, action, parameters }: ActionCase): string {
  return variant ?? (Object.hasOwn(parameters, "targets") ? `${action} with targets` : action);
}

type Made = JobObject & { readonly apiVersion: string; readonly kind: string };

/** Creates an object of a case, controlled by this one. */
async function createOne(
  { resource, kind, fields, metadata }: CaseObject,
  name: string,
  owner?: Made,
): Promise<Made> {
  const ownerReferences =
    owner === undefined
      ? undefined
      : [
          {
            apiVersion: owner.apiVersion,
            kind: owner.kind,
            name: owner.metadata.name,
            uid: owner.metadata.uid,
            controller: true,
          },
        ];
  const body = { kind, metadata: { ...metadata, name, ownerReferences }, ...fields };
  const path = toResourcePath({ ...toEntry(resource), name: undefined });
  return world.admin.request<Made>({ method: "POST", path, body });
}

describe.each(ACTION_CASES.map((one, index) => ({ ...one, index })))("$action ($index)", (one) => {
  const entry = toEntry(one.resource);
  const pipeline = toActionPipeline(one);
  const grants = planPermissions(pipeline, builtinCatalog()).remediate;
  let client: KubernetesClient;

  beforeAll(async () => {
    client = await connectWithGrants(world, `case-${one.index}`, grants);
  });

  afterAll(async () => client?.close());

  async function create(name: string): Promise<RemediationRequest> {
    let owner: Made | undefined;
    for (const above of one.owners ?? []) owner = await createOne(above, name, owner);
    const made = await createOne(one, name, owner);
    for (const [at, below] of (one.owned ?? []).entries()) {
      await createOne(below, `${name}-${at}`, made);
    }
    const { uid, resourceVersion } = made.metadata;
    const request = toRequest(world, made, { pipeline });
    const { group, version, resource, kind, namespaced, namespace } = entry;
    const trigger = {
      group,
      version,
      resource,
      kind,
      namespaced,
      namespace,
      name,
      uid,
      resourceVersion,
    };
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const references = findReferences({ ...made, apiVersion, kind }, builtinCatalog());
    return { ...request, data: { ...request.data, trigger, references } };
  }

  /** The object that the action changes: the trigger, or an owner of it. */
  async function read(name: string, of = one.owners?.[0]?.resource ?? one.resource) {
    try {
      const path = toResourcePath({ ...toEntry(of), name });
      return await world.admin.request({ method: "GET", path });
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return null;
      throw error;
    }
  }

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
    const dry = toPipeline({
      on: { resource: one.resource },
      where: "true",
      once: "object",
      then: [{ [one.action]: one.parameters }],
      guards: { mode: "dryRun" },
    });
    const request = await create(name);
    const before = await read(name);
    const made = (await read(name, one.resource)) as JobObject;
    const changed = toRequest(world, made, { pipeline: dry, mode: "dryRun" });
    const { trigger, references } = request.data;
    const asked = { ...changed, data: { ...changed.data, trigger, references } };
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
  const entry = toEntry("cronjobs.batch");
  const path = toResourcePath({ ...entry, name: undefined });
  const made = await world.admin.request<JobObject>({ method: "POST", path, body });
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
  const { uid, resourceVersion } = made.metadata;
  const trigger = { ...entry, name: "drain", uid, resourceVersion };
  const { data, ...request } = toRequest(world, made, { pipeline });
  const asked = { ...request, data: { ...data, trigger, references: [] } };
  expect(await deliver(asked, toDeps(world, { client, pipeline }))).toEqual({ outcome: "done" });
  await granted.close();
  expect(countRights(client.requests)).toEqual(ACTION_REQUESTS["createJobFromCronJob"]);
  const [job, ...others] = await findJobsOf(world, data.record);
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
