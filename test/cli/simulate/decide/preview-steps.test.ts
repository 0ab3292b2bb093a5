import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { CRON_JOB, plan, print, thenDo, toPipeline, WEB } from "./plan-rule.ts";

describe("what a match would do to an object", () => {
  it("is a created object, made from the one that the user has named", async () => {
    const rule = thenDo({ createJobFromCronJob: { cronJob: { name: "backup" } } });
    const lines = print(await plan(toPipeline(rule), [CRON_JOB]));
    expect(lines[0]).toMatch(
      /^would create Job shop\/backup-[0-9a-f]{12} from CronJob shop\/backup$/,
    );
    expect(lines).toContain("    + kind: Job");
    expect(lines.join("\n")).toContain("value: secret");
  });

  it("is a Job that its rule contains, without what is redacted", async () => {
    const job = {
      metadata: { name: "check" },
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            containers: [
              { name: "main", image: "registry.example/check:1", args: ["--token", "hidden"] },
            ],
          },
        },
      },
    };
    const redact = [{ resource: "jobs.batch", paths: ["spec.template.spec.containers[*].args"] }];
    const lines = print(await plan(toPipeline(thenDo({ createJob: { job } }), { redact })));
    expect(lines[0]).toMatch(/^would create Job shop\/check-[0-9a-f]+$/);
    expect(lines).toContain("    + kind: Job");
    expect(lines).toContain("    +           image: registry.example/check:1");
    expect(lines.join("\n")).not.toContain("hidden");
  });

  it("is the difference from a Job that is replaced", async () => {
    const container = { name: "main", image: "registry.example/migrate:2" };
    const template = { spec: { restartPolicy: "Never", containers: [container] } };
    const job = { metadata: { name: "migrate" }, spec: { template } };
    const existing: KubernetesObject = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "migrate", namespace: "shop", uid: "job-uid" },
      spec: {
        backoffLimit: 6,
        completionMode: "NonIndexed",
        template: {
          spec: {
            dnsPolicy: "ClusterFirst",
            restartPolicy: "Never",
            containers: [{ ...container, image: "registry.example/migrate:1", resources: {} }],
          },
        },
      },
      status: { conditions: [{ type: "Complete", status: "True" }] },
    };
    const rule = thenDo({ applyJob: { job, policy: "recreate" } });
    const lines = print(await plan(toPipeline(rule), [existing]));
    const created = lines.findIndex((line) => line.startsWith("would create Job shop/migrate"));
    expect(lines[0]).toMatch(/^would delete Job shop\/migrate/);
    const diff = lines.slice(created + 1).filter((line) => /^ {4}[-+]/.test(line));
    expect(diff.map((line) => line.replace(/^ {4}([-+]) +/, "$1 "))).toEqual([
      "- image: registry.example/migrate:1",
      "+ image: registry.example/migrate:2",
    ]);
  });

  it("is the Pod template that a rollback returns to, without what is redacted in its source", async () => {
    const toTemplate = (image: string, value: string): object => ({
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image, env: [{ name: "KEY", value }] }] },
    });
    const selector = { matchLabels: { app: "web" } };
    const web = {
      ...WEB,
      spec: { replicas: 1, selector, template: toTemplate("web:2", "new-key") },
    };
    const toReplicaSet = (name: string, revision: string, template: object): KubernetesObject => ({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name,
        namespace: "shop",
        uid: `${name}-uid`,
        labels: { app: "web" },
        annotations: { "deployment.kubernetes.io/revision": revision },
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            name: "web",
            uid: "web-uid",
            controller: true,
          },
        ],
      },
      spec: { template },
    });
    const sets = [
      toReplicaSet("web-1", "1", toTemplate("web:1", "old-key")),
      toReplicaSet("web-2", "2", toTemplate("web:2", "new-key")),
    ];
    const redact = [
      { resource: "replicasets.apps", paths: ["spec.template.spec.containers[*].env"] },
      { resource: "deployments.apps", paths: ["spec.template.spec.containers[*].env"] },
    ];
    const pipeline = toPipeline(thenDo({ rollbackDeployment: {} }), { redact });
    const lines = print(await plan(pipeline, sets, web));
    expect(lines[0]).toContain("spec.template as in ReplicaSet web-1");
    expect(lines).toContain("    -           image: web:2");
    expect(lines).toContain("    +           image: web:1");
    expect(lines.join("\n")).not.toMatch(/old-key|new-key/);
  });

  it("has nothing that is redacted, neither of the object nor of those that the user has named", async () => {
    const redact = {
      redact: [
        { resource: "deployments.apps", paths: ["spec.password"] },
        {
          resource: "cronjobs.batch",
          paths: ["spec.jobTemplate.spec.template.spec.containers[*].env[*].value"],
        },
      ],
    };
    const rule = thenDo(
      { createJobFromCronJob: { cronJob: { name: "backup" } } },
      { label: { set: { a: "b" } } },
    );
    const planned = await plan(toPipeline(rule, redact), [CRON_JOB]);
    expect(planned.steps).toHaveLength(2);
    expect(JSON.stringify(planned)).not.toMatch(/correct-horse|secret/);
  });
});
