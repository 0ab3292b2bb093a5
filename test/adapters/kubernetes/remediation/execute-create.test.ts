import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { CreateOperation } from "../../../../core/operations/operation.ts";
import { EACH } from "../../../../core/json/field-pattern.ts";
import { toSourceDigest } from "../../../../core/operations/source-digest.ts";
import type { Redaction } from "../../../../core/redaction/redactor.ts";
import { toRecord } from "../../../core/records/record.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

type Json = Readonly<Record<string, unknown>>;

const NOW = "2026-03-01T10:00:00.000Z";
const SOURCE_PATH = "/apis/batch/v1/namespaces/data/cronjobs/backup";
const TARGET_PATH = "/apis/batch/v1/namespaces/data/jobs/backup-abc";
const PATH = "spec.jobTemplate.spec";
const OWNER = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  name: "backup",
  uid: "cron-uid",
  controller: true,
  blockOwnerDeletion: true,
};

function toSource(container: Json = {}, generation = 1): KubernetesObject {
  const containers = [{ name: "main", image: "registry.example/backup", ...container }];
  const template = { spec: { containers } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "backup", namespace: "data", uid: "cron-uid", generation },
    spec: { jobTemplate: { spec: { backoffLimit: 0, template } } },
  };
}

const REDACTED = { resource: "cronjobs.batch", paths: [] };
const CREATE: CreateOperation = {
  type: "create",
  name: "createJobFromCronJob",
  target: toJobAddress("backup-abc"),
  metadata: { annotations: { team: "data" }, ownerReferences: [OWNER] },
  specFrom: {
    source: {
      group: "batch",
      version: "v1",
      resource: "cronjobs",
      kind: "CronJob",
      namespace: "data",
      name: "backup",
      uid: "cron-uid",
    },
    path: PATH,
    digest: toSourceDigest(toSource(), PATH),
    generation: 1,
  },
};

/** Executes the operation against a cluster with these objects; the answer, and the object of the target's name after it. */
async function execute(
  source: KubernetesObject | null,
  existing?: KubernetesObject,
  operation = CREATE,
  options: { readonly dryRun?: boolean; readonly redact?: readonly Redaction[] } = {},
) {
  const objects = new Map<string, KubernetesObject>();
  if (source !== null) objects.set(SOURCE_PATH, source);
  if (existing !== undefined) objects.set(TARGET_PATH, existing);
  const request = async <T>({ method, path, body, query }: KubernetesRequest): Promise<T> => {
    if (method === "GET") {
      const found = objects.get(path);
      if (found === undefined) throw new KubemendError("NotFound", path, { retryable: false });
      return found as T;
    }
    if (objects.has(TARGET_PATH)) {
      throw new KubemendError("AlreadyExists", "exists", { retryable: false });
    }
    const { metadata, ...rest } = body as KubernetesObject;
    const made = { ...rest, metadata: { ...metadata, uid: "made" } } as KubernetesObject;
    if (query?.["dryRun"] === undefined) objects.set(TARGET_PATH, made);
    const spec = { ...(made["spec"] as Json), completions: 1, backoffLimit: 3 };
    return { ...made, spec } as T;
  };
  const executor = createExecutor({
    client: {
      server: "",
      request,
      stream: () => Promise.reject(new Error("not served")),
      close: async () => undefined,
    },
    pipeline: { redact: options.redact ?? [REDACTED] },
    sendAlert: async () => undefined,
  });
  const { dryRun = false } = options;
  const outcome = await executor.execute(operation, { record: toRecord(), now: NOW, dryRun });
  return { outcome, made: objects.get(TARGET_PATH) };
}

/** The Job as an earlier run of the same record made it, and the API server completed it. */
async function toMade(change: { readonly metadata?: Json; readonly spec?: Json } = {}) {
  const { made } = await execute(toSource());
  if (made === undefined) throw new Error("nothing was made");
  const spec = { ...(made["spec"] as Json), completions: 1, ...change.spec };
  return { ...made, metadata: { ...made.metadata, ...change.metadata }, spec } as KubernetesObject;
}

describe("an object that exists under the planned name", () => {
  it("is ours if the record's uid, the digest, the owners and the spec agree", async () => {
    const { outcome } = await execute(toSource(), await toMade());
    expect(outcome).toMatchObject({ outcome: "done", object: { uid: "made" } });
  });

  it("is ours though its source has changed or is gone since it was made", async () => {
    expect((await execute(toSource({}, 2), await toMade())).outcome.outcome).toBe("done");
    expect((await execute(null, await toMade())).outcome.outcome).toBe("done");
  });

  const copied = { "kubemend.dev/cause": toRecord().metadata.name };
  const evil = { template: { spec: { containers: [{ name: "main", image: "evil" }] } } };
  it.each<readonly [string, { readonly metadata?: Json; readonly spec?: Json }, string]>([
    ["copied only the cause", { metadata: { annotations: copied } }, "kubemend.dev/record"],
    ["made it without the owner", { metadata: { ownerReferences: [] } }, "owned by CronJob backup"],
    [
      "made it with another CronJob as owner",
      { metadata: { ownerReferences: [{ ...OWNER, uid: "other" }] } },
      "cron-uid",
    ],
    ["copied everything, with another spec", { spec: evil }, "its spec is not that of"],
  ])("is not ours if somebody %s", async (_what, change, detail) => {
    const { outcome } = await execute(toSource(), await toMade(change));
    expect(outcome).toMatchObject({ outcome: "failed", code: "AlreadyExists" });
    const message = outcome.outcome === "failed" ? outcome.message : "";
    expect(message).toContain("Job backup-abc");
    expect(message).toContain(toRecord().metadata.name);
    expect(message).toContain(detail);
  });

  it("that another record of the same name made is not ours", async () => {
    const annotations = {
      ...((await toMade()).metadata["annotations"] as Json),
      "kubemend.dev/record": "kubemend/older",
    };
    const { outcome } = await execute(toSource(), await toMade({ metadata: { annotations } }));
    expect(outcome).toMatchObject({ outcome: "failed", code: "AlreadyExists" });
  });
});

describe("the source", () => {
  it("must have the generation that it had when the plan was made, because redacted parts are not in its digest", async () => {
    const { outcome, made } = await execute(toSource({}, 2));
    expect(outcome).toMatchObject({ outcome: "failed", code: "PreconditionFailed" });
    expect(made).toBeUndefined();
  });
});

describe("changes of what is copied", () => {
  const env = { name: "NODE", value: "worker-1" };
  const container = ["spec", "template", "spec", "containers", { name: "main" }] as const;
  const changed: CreateOperation = {
    ...CREATE,
    changes: [{ path: [...container, "env", { name: "NODE" }], to: env }],
  };

  it("are made in the new object", async () => {
    const { outcome, made } = await execute(toSource(), undefined, changed);
    expect(outcome).toMatchObject({ outcome: "done" });
    const containers = [{ name: "main", image: "registry.example/backup", env: [env] }];
    expect(made?.["spec"]).toMatchObject({ template: { spec: { containers } } });
  });

  it("are part of what is ours", async () => {
    const { made } = await execute(toSource(), undefined, changed);
    expect((await execute(toSource(), made, changed)).outcome).toMatchObject({ outcome: "done" });
    expect((await execute(toSource(), await toMade(), changed)).outcome).toMatchObject({
      outcome: "failed",
      code: "AlreadyExists",
    });
  });

  it("tell a Job without them from ours, even if the source is gone", async () => {
    const { outcome } = await execute(null, await toMade(), changed);
    expect(outcome).toMatchObject({ outcome: "failed", code: "NotFound" });
  });

  it("that cannot be made are a failure, and nothing is created", async () => {
    const path = ["spec", "template", "spec", "containers", { name: "other" }, "image"];
    const operation = { ...CREATE, changes: [{ path, to: "x" }] };
    const { outcome, made } = await execute(toSource(), undefined, operation);
    expect(outcome).toMatchObject({ outcome: "failed", code: "PreconditionFailed" });
    expect(made).toBeUndefined();
  });
});

describe("a dry run of a create", () => {
  const toEffect = async (redact: readonly Redaction[] = []) => {
    const source = toSource({ env: [{ name: "PASSWORD", value: "correct-horse" }] });
    const specFrom = { ...CREATE.specFrom, digest: toSourceDigest(source, PATH) };
    const operation = { ...CREATE, specFrom };
    const options = { dryRun: true, redact };
    const { outcome, made } = await execute(source, undefined, operation, options);
    expect(made).toBeUndefined();
    return outcome.outcome === "done" ? outcome.effect?.after : outcome;
  };

  it("shows the object that would be created: what admission changed, and no defaults", async () => {
    const after = await toEffect();
    expect(after).toMatchObject({
      kind: "Job",
      metadata: { name: "backup-abc", annotations: { team: "data" } },
      spec: { backoffLimit: 3, template: { spec: { containers: [{ name: "main" }] } } },
    });
    expect(after).not.toHaveProperty("spec.completions");
    expect(JSON.stringify(after)).toContain("correct-horse");
  });

  it.each([
    ["cronjobs.batch", "spec.jobTemplate.spec.template.spec.containers.*.env.*.value"],
    ["jobs.batch", "spec.template.spec.containers.*.env.*.value"],
  ])("shows no value that is redacted in %s", async (resource, path) => {
    const paths = [path.split(".").map((key) => (key === "*" ? EACH : key))];
    const withoutValue = toSource({ env: [{ name: "PASSWORD" }] });
    const source = toSource({ env: [{ name: "PASSWORD", value: "correct-horse" }] });
    const digest = toSourceDigest(resource === "cronjobs.batch" ? withoutValue : source, PATH);
    const operation = { ...CREATE, specFrom: { ...CREATE.specFrom, digest } };
    const options = { dryRun: true, redact: [{ resource, paths }] };
    const { outcome } = await execute(source, undefined, operation, options);
    expect(outcome).toMatchObject({ outcome: "done", effect: { after: { kind: "Job" } } });
    expect(JSON.stringify(outcome)).toContain("PASSWORD");
    expect(JSON.stringify(outcome)).not.toContain("correct-horse");
  });
});
