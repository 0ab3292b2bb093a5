import { describe, expect, it } from "vitest";
import * as v from "valibot";
import type { ManifestOperation } from "../../../../core/operations/operation.ts";
import { createJob } from "../../../../core/actions/createJob/create-job.ts";
import { runAction, toObject, type Scene } from "../run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const CONTAINER = { name: "main", image: "registry.example/tidy", args: ["--all"] };
const toSpec = (more: Json = {}, ...containers: readonly Json[]): Json => ({
  template: {
    spec: {
      restartPolicy: "Never",
      containers: containers.length === 0 ? [CONTAINER] : containers,
    },
  },
  ...more,
});
const POD: Scene = { resource: "pods", object: toObject("v1", "Pod") };
const NODE: Scene = { resource: "nodes", object: toObject("v1", "Node") };

function plan(parameters: Json, scene: Scene = POD): ManifestOperation {
  const { answer } = runAction("createJob", parameters, scene);
  const [operation, ...more] = answer.outcome === "operations" ? answer.operations : [];
  if (operation?.type !== "createManifest" || more.length > 0) {
    throw new Error(JSON.stringify(answer));
  }
  return operation;
}

function refusalOf(parameters: Json, scene: Scene = POD): unknown {
  const { answer } = runAction("createJob", parameters, scene);
  return answer.outcome === "refused" ? answer.code : answer.outcome;
}

describe("createJob", () => {
  it("creates the rule's Job in the trigger's namespace", () => {
    const { target, metadata, spec } = plan({
      job: { metadata: { labels: { app: "tidy" } }, spec: toSpec({ backoffLimit: 1 }) },
    });
    expect(target).toMatchObject({ resource: "jobs", version: "v1", namespace: "data" });
    expect(metadata.labels).toEqual({ app: "tidy" });
    expect(spec).toMatchObject(toSpec({ backoffLimit: 1 }));
  });

  it("creates it in the namespace that the rule names", () => {
    const job = { metadata: { namespace: "ops" }, spec: toSpec() };
    expect(plan({ job }).target.namespace).toBe("ops");
  });

  it("needs a namespace in the rule if the trigger has none", () => {
    expect(refusalOf({ job: { spec: toSpec() } }, NODE)).toBe("NamespaceMissing");
  });

  it("marks the Job and its Pods with the record and the depth of the chain", () => {
    const { metadata, spec } = plan({ job: { spec: toSpec() } }, { ...POD, depth: 1 });
    const marks = {
      "kubemend.dev/cause": "rerun-0123456789abcdef0123",
      "kubemend.dev/record": "kubemend/record-uid",
      "kubemend.dev/depth": "2",
      "kubemend.dev/at": "2026-03-01T10:00:00.000Z",
    };
    expect(metadata.annotations).toEqual(marks);
    expect(spec).toMatchObject({ template: { metadata: { annotations: marks } } });
  });

  it("is refused at the end of a chain of remediations", () => {
    expect(refusalOf({ job: { spec: toSpec() } }, { ...POD, depth: 3 })).toBe("LoopDepth");
  });

  it("gives the Job values from the trigger, as values of its fields", () => {
    const parameters = {
      job: { spec: toSpec() },
      env: { NODE: { cel: "node" } },
      args: ["--node", { cel: "node" }],
      labels: { of: { cel: "name" } },
      limits: { memory: "64Mi" },
    };
    const values = { node: "$(reboot)", name: "n" };
    const { metadata, spec } = plan(parameters, { ...POD, values });
    expect(metadata.labels).toEqual({ of: "n" });
    expect(spec).toMatchObject({
      template: {
        spec: {
          containers: [
            {
              ...CONTAINER,
              env: [{ name: "NODE", value: "$$(reboot)" }],
              args: ["--node", "$$(reboot)"],
              resources: { limits: { memory: "64Mi" } },
            },
          ],
        },
      },
    });
  });

  it("is refused if the container of the variables is not named", () => {
    const job = { spec: toSpec({}, CONTAINER, { name: "other" }) };
    expect(refusalOf({ job, env: { A: "b" } })).toBe("NoContainer");
  });

  it("has one name for one record, and another for another Job of the same rule", () => {
    const one = plan({ job: { spec: toSpec() } }).target.name;
    expect(plan({ job: { spec: toSpec() } }).target.name).toBe(one);
    expect(plan({ job: { spec: toSpec({ backoffLimit: 1 }) } }).target.name).not.toBe(one);
    expect(one).toMatch(/^rerun-[0-9a-f]{12}$/);
  });

  it("has a name that all Pods of an Indexed Job can have", () => {
    const metadata = { name: `${"a".repeat(30)}.${"b".repeat(32)}` };
    const spec = toSpec({ completionMode: "Indexed", completions: 12_345_678 });
    const { name } = plan({ job: { metadata, spec } }).target;
    expect(`${name}-12345677`.length).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^[a-z-]+-[0-9a-f]{12}$/);
  });

  it("is owned by the trigger if the rule says so", () => {
    const { metadata } = plan({ job: { spec: toSpec() }, owner: "trigger" });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: "v1", kind: "Pod", name: "the-pod", uid: "Pod-uid" },
    ]);
  });

  it("is not owned by a trigger of another namespace", () => {
    const job = { metadata: { namespace: "ops" }, spec: toSpec() };
    expect(refusalOf({ job, owner: "trigger" })).toBe("OwnerElsewhere");
  });

  it("is owned by a trigger that is in no namespace", () => {
    const job = { metadata: { namespace: "ops" }, spec: toSpec() };
    expect(plan({ job, owner: "trigger" }, NODE).metadata.ownerReferences).toHaveLength(1);
  });

  it.each([
    ["is being deleted", { deletionTimestamp: "2026-03-01T10:00:00Z" }],
    ["was replaced", { uid: "other" }],
  ])("is not owned by a trigger that %s", (_what, metadata) => {
    const served = toObject("v1", "Pod", {}, metadata);
    expect(refusalOf({ job: { spec: toSpec() }, owner: "trigger" }, { ...POD, served })).toBe(
      "OwnerGone",
    );
  });
});

describe("the Job of a rule is not accepted with", () => {
  it.each<readonly [string, Json]>([
    ["a field that no Job has", { spec: toSpec({ completion: 3 }) }],
    ["a selector, which the API server generates", { spec: toSpec({ selector: {} }) }],
    [
      "a restartPolicy that no Job can have",
      { spec: { template: { spec: { restartPolicy: "Always", containers: [CONTAINER] } } } },
    ],
    ["no container", { spec: { template: { spec: { restartPolicy: "Never", containers: [] } } } }],
    [
      "a label of Kubemend's own",
      { metadata: { labels: { "kubemend.dev/x": "y" } }, spec: toSpec() },
    ],
    ["a name that is too long for a label", { metadata: { name: "a".repeat(64) }, spec: toSpec() }],
    ["an expression inside it", { spec: toSpec({}, { ...CONTAINER, image: { cel: "object.x" } }) }],
  ])("%s", (_what, job) => {
    expect(v.safeParse(createJob.schema, { job }).success).toBe(false);
    expect(v.safeParse(createJob.schema, { job: { spec: toSpec() } }).success).toBe(true);
  });
});
