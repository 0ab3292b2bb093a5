/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toManualRequest } from "../../../cli/trigger/to-manual-request.ts";
import {
  CRON_JOBS,
  JOBS,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import {
  CONTAINERS,
  DEPLOYMENT,
  startLoopScene,
  toEntry,
  toRules,
  type LoopScene,
} from "../../support/actions/loop-scene.ts";

const stack = new AsyncDisposableStack();
let world: RemediationWorld;
let scene: LoopScene;

beforeAll(async () => {
  ({ world, scene } = await startLoopScene(stack));
});

afterAll(async () => {
  await stack.disposeAsync();
});

const labelRule = (id: string, where: string, labels: Json, once: unknown = "change"): Json => ({
  id,
  on: { resource: "deployments.apps" },
  where,
  once,
  then: [{ label: { set: labels } }],
});

describe.each([true, false])("loops (signed: %s)", (isSigned) => {
  const prefix = isSigned ? "signed" : "unsigned";

  it("two rules that undo each other are stopped at the third remediation", async () => {
    const side = (value: string): string => `object.metadata.labels.side == "${value}"`;
    const pipeline = toRules(
      labelRule("to-b", side("a"), { side: "b" }),
      labelRule("to-a", side("b"), { side: "a" }),
    );
    const name = `${prefix}-undone`;
    await scene.create("deployments.apps", { name, labels: { side: "a" } }, DEPLOYMENT);
    expect(await scene.follow(pipeline, "deployments.apps", name, isSigned)).toEqual([
      "to-b: Remediated",
      "to-a: Remediated",
      "to-b: Remediated",
      "to-a: LoopDepth",
    ]);
  });

  it("a rule that changes what triggers it is stopped, although others act between", async () => {
    const pipeline = toRules(
      {
        ...labelRule("count", "true", {}),
        then: [{ label: { set: { n: { cel: "object.metadata.resourceVersion" } } } }],
      },
      labelRule("other", '!("other" in object.metadata.labels)', { other: "x" }),
    );
    const name = `${prefix}-count`;
    await scene.create("deployments.apps", { name, labels: { n: "0" } }, DEPLOYMENT);
    const ends = await scene.follow(pipeline, "deployments.apps", name, isSigned);
    // Without a signature what the other rule did counts, too: the live object may have been changed because of it.
    expect(ends.filter((end) => end === "count: Remediated")).toHaveLength(isSigned ? 3 : 2);
    expect(ends.at(-1)).toBe("count: LoopDepth");
  });

  it("a chain over the owner of what triggers it is stopped at the third remediation", async () => {
    const name = `${prefix}-owner`;
    const template = { spec: { restartPolicy: "Never", containers: CONTAINERS } };
    const cronJob = { schedule: "0 3 1 1 *", jobTemplate: { spec: { template } } };
    await world.admin.request({
      method: "POST",
      path: CRON_JOBS,
      body: { metadata: { name }, spec: cronJob },
    });
    const pipeline = toRules({
      id: "rerun",
      on: { resource: "pods" },
      once: "object",
      then: [{ createJobFromCronJob: { cronJob: { name } } }],
    });
    const ends: unknown[] = [];
    let ownerReferences: readonly Json[] = [];
    for (let at = 1; at <= 4; at += 1) {
      // No controller runs: the Pod of the Job that was made is created here.
      const metadata = { name: `${name}-${at}`, ownerReferences };
      const pod = await scene.create("pods", metadata, { containers: CONTAINERS });
      const [request] = scene.toRequests(pipeline, "pods", pod);
      if (request === undefined) throw new Error("no match");
      ends.push(await scene.deliver(pipeline, request, isSigned));
      const job = await findJob(request.data.record);
      if (job === undefined) break;
      const { name: made, uid } = job.metadata;
      const owner = { apiVersion: "batch/v1", kind: "Job", name: made, uid, controller: true };
      ownerReferences = [owner];
    }
    expect(ends).toEqual(["Remediated", "Remediated", "Remediated", "LoopDepth"]);
  });

  it("six rules that act on one change of a Deployment all succeed", async () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const pipeline = toRules(
      ...ids.map((id) => labelRule(`rule-${id}`, "true", { [id]: "x" }, "object")),
    );
    const name = `${prefix}-six`;
    await scene.create("deployments.apps", { name }, DEPLOYMENT);
    const ends = await scene.follow(pipeline, "deployments.apps", name, isSigned);
    expect(new Set(ends)).toEqual(new Set(ids.map((id) => `rule-${id}: Remediated`)));
    const { labels, annotations } = (await scene.read("deployments.apps", name)).metadata;
    expect(labels).toEqual(Object.fromEntries(ids.map((id) => [id, "x"])));
    const depth = isSigned ? "1" : "6";
    expect(annotations).toMatchObject({ "kubemend.dev/depth": depth });
  });
});

async function findJob(record: string): Promise<KubernetesObject | undefined> {
  type Jobs = { readonly items: readonly KubernetesObject[] };
  const { items } = await world.admin.request<Jobs>({ method: "GET", path: JOBS });
  return items.find(({ metadata }) => {
    const { "kubemend.dev/cause": cause } = (metadata["annotations"] ?? {}) as Json;
    return cause === record;
  });
}

it("a person may run a rule at the end of a chain", async () => {
  const pipeline = toRules({
    ...labelRule("count", "true", {}),
    then: [{ label: { set: { n: { cel: "object.metadata.resourceVersion" } } } }],
  });
  const [rule] = pipeline.rules;
  if (rule === undefined) throw new Error("no rule");
  await scene.create("deployments.apps", { name: "by-hand", labels: { n: "0" } }, DEPLOYMENT);
  expect((await scene.follow(pipeline, "deployments.apps", "by-hand")).at(-1)).toBe(
    "count: LoopDepth",
  );
  const object = await scene.read("deployments.apps", "by-hand");
  const { entry } = toManualRequest({
    pipeline,
    rule,
    clusterUid: world.clusterUid,
    resource: toEntry("deployments.apps"),
    object,
    references: [],
    user: "somebody",
    now: new Date().toISOString(),
  });
  const request = JSON.parse(entry.body) as RemediationRequest;
  expect(await scene.deliver(pipeline, request)).toBe("Remediated");
  const after = await scene.read("deployments.apps", "by-hand");
  expect(after.metadata["annotations"]).toMatchObject({ "kubemend.dev/depth": "1" });
});
