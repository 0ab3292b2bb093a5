import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { decideChange } from "../../../cli/simulate/decide/decide-change.ts";
import { formatPlan, toPlanRecord } from "../../../cli/simulate/report/format-plan.ts";
import { parseOfflineObjects } from "../../../cli/simulate/decide/offline-objects.ts";
import { planMatch } from "../../../cli/simulate/decide/plan-match.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import { toExampleMessage } from "../../examples/decide-example.ts";
import {
  listRecipes,
  readRecipeObjects,
  recipeCatalog,
  RECIPES,
  withUids,
} from "../../examples/read-recipe.ts";

const WEB: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "web-uid", generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [] } }, password: "correct-horse" },
};
const CRON_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "backup", namespace: "shop", uid: "cron-uid" },
  spec: {
    schedule: "0 3 * * *",
    jobTemplate: {
      spec: {
        template: {
          spec: { containers: [{ name: "main", env: [{ name: "A", value: "secret" }] }] },
        },
      },
    },
  },
};

function toPipeline(rule: object, more: object = {}): Pipeline {
  const on = { resource: "deployments.apps" };
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "rule", on, once: "object", ...rule }],
    ...more,
  });
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

/** The plan of the rule for the Deployment, or for another object. */
async function plan(pipeline: Pipeline, objects: readonly KubernetesObject[] = [], object = WEB) {
  const message = toExampleMessage(pipeline, object);
  const catalog = recipeCatalog();
  const references = findReferences(message.data.object, catalog);
  const [decision] = decideChange(pipeline, message, references) ?? [];
  if (decision === undefined) throw new Error("no decision");
  const input = { pipeline, message, references, catalog, objects };
  const planned = await planMatch(decision, input, new AbortController().signal);
  if (planned === undefined) throw new Error(decision.explanation);
  return planned;
}

const print = (planned: Awaited<ReturnType<typeof plan>>): readonly string[] =>
  formatPlan(planned).map((line) => stripVTControlCharacters(line).slice(6));

const then = (...actions: readonly object[]): object => Object.fromEntries([["then", actions]]);

describe("what a match would do", () => {
  it("is each operation with the diff of its object, the check and the text of the alert", async () => {
    const planned = await plan(
      toPipeline({
        ...then(
          { scale: { replicas: 3 } },
          { alert: { to: "shop", summary: "'scaled ' + object.metadata.name" } },
        ),
        verify: {},
      }),
    );
    expect(print(planned)).toEqual([
      "would change Deployment shop/web: spec.replicas 1 -> 3",
      "      spec:",
      "    -   replicas: 1",
      "    +   replicas: 3",
      "would wait until the rollout of Deployment shop/web is complete, at most 10m",
      "would alert shop: scaled web",
      "    title: rule: Deployment shop/web",
      "    severity: warning",
      "    receivers: shop",
    ]);
    expect(toPlanRecord(planned)).toMatchObject({
      steps: [{ type: "patch", changes: [{ path: ["spec", "replicas"], from: 1, to: 3 }] }, {}, {}],
      refusal: null,
      missing: null,
    });
  });

  it("is nothing for what has opted out or not opted in, as far as its namespace is known", async () => {
    const toNamespace = (labels: object): KubernetesObject => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", uid: "shop-uid", labels },
    });
    const scale = then({ scale: { replicas: 3 } });
    const out = toNamespace({ "kubemend.dev/remediate": "false" });
    expect((await plan(toPipeline(scale), [out])).refusal).toMatchObject({ code: "OptedOut" });
    const asking = toPipeline({ ...scale, guards: { optIn: { labelSelector: "mend=yes" } } });
    expect((await plan(asking, [toNamespace({})])).refusal).toMatchObject({ code: "NotOptedIn" });
    const unknown = await plan(asking);
    expect(unknown.waits).toEqual([
      expect.stringContaining("acts only if the namespace shop has the labels mend=yes") as string,
    ]);
    expect(unknown.steps).toHaveLength(1);
    expect((await plan(asking, [toNamespace({ mend: "yes" })])).waits).toEqual([]);
  });

  it("is a created object, made from the one that the user has named", async () => {
    const rule = then({ createJobFromCronJob: { cronJob: { name: "backup" } } });
    const lines = print(await plan(toPipeline(rule), [CRON_JOB]));
    expect(lines[0]).toMatch(
      /^would create Job shop\/backup-[0-9a-f]{12} from CronJob shop\/backup$/,
    );
    expect(lines).toContain("    + kind: Job");
    expect(lines.join("\n")).toContain("value: secret");
  });

  it.each([
    ["fieldSelector", "'status.reason=Evicted'", /no API server selects pods by status\.reason/],
    ["labelSelector", "'app in ('", /is not a label requirement/],
  ])("is refused where the API server would refuse the %s", async (key, cel, message) => {
    const constant = `object.metadata.name == 'web' ? ${cel} : 'a=b'`;
    const select = { resource: "pods", [key]: { cel: constant } };
    const rule = then({ deleteObject: { targets: { select, atMost: 5 } } });
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "shop" } };
    const planned = await plan(toPipeline(rule), [pod as KubernetesObject]);
    expect(planned.refusal?.message).toMatch(message);
    expect(planned.steps).toEqual([]);
  });

  it("names how many targets it has, of the objects that the user has named and the selectors select", async () => {
    const toPod = (name: string, phase: string, labels = { app: "web" }): KubernetesObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "shop", uid: `uid-of-${name}`, labels },
      status: { phase },
    });
    const select = {
      resource: "pods",
      labelSelector: "app=web",
      fieldSelector: "status.phase=Failed",
    };
    const rule = then({ deleteObject: { targets: { select, atMost: 5 } } });
    const pods = [
      toPod("a", "Failed"),
      toPod("b", "Running"),
      toPod("c", "Failed", { app: "other" }),
      toPod("d", "Failed"),
    ];
    const [line] = print(await plan(toPipeline(rule), pods));
    expect(line).toMatch(/^would delete 2 Pods/);
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
    const lines = print(await plan(toPipeline(then({ createJob: { job } }), { redact })));
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
    const rule = then({ applyJob: { job, policy: "recreate" } });
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
    const pipeline = toPipeline(then({ rollbackDeployment: {} }), { redact });
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
    const rule = then(
      { createJobFromCronJob: { cronJob: { name: "backup" } } },
      { label: { set: { a: "b" } } },
    );
    const planned = await plan(toPipeline(rule, redact), [CRON_JOB]);
    expect(planned.steps).toHaveLength(2);
    expect(JSON.stringify(planned)).not.toMatch(/correct-horse|secret/);
  });

  it("depends on an object that is not known: the message says which, and how to get it", async () => {
    const planned = await plan(
      toPipeline(then({ createJobFromCronJob: { cronJob: { name: "backup" } } })),
    );
    expect(print(planned)).toEqual([
      "what it would do depends on more: CronJob shop/backup is not known",
      "to see it: kubectl -n shop get cronjobs.batch backup -o yaml > objects.yaml, then --objects objects.yaml",
    ]);
    expect(planned.steps).toEqual([]);
  });

  it("depends on all objects of a kind if none of them is known", async () => {
    const targets = { select: { resource: "pods" }, atMost: 5 };
    expect(print(await plan(toPipeline(then({ deleteObject: { targets } }))))).toEqual([
      "what it would do depends on more: no pods in shop are known",
      "to see it: kubectl -n shop get pods -o yaml > objects.yaml, then --objects objects.yaml",
    ]);
  });

  it("is a refusal with its code and a way out", async () => {
    const planned = await plan(toPipeline(then({ cordon: { target: { name: "worker-1" } } })));
    expect(print(planned)).toEqual([
      expect.stringMatching(/^refused OutOfReach: .*reach: cluster/),
    ]);
    expect(toPlanRecord(planned)).toMatchObject({ refusal: { code: "OutOfReach" } });
  });

  it.each([
    [{ for: "10m" }, /^waits 10m, and acts only if/],
    [
      { at: 'timestamp("2027-01-01T00:00:00Z")' },
      /^waiting until 2027-01-01T00:00:00\.000Z, by the rule's at/,
    ],
    [{ guards: { mode: "approval" } }, /^waits until a person approves/],
  ])("begins with what it waits for: %j", async (rule, said) => {
    const actions = then({ label: { set: { a: "b" } } }, { alert: { to: "t", summary: "'x'" } });
    const planned = await plan(toPipeline({ ...actions, ...rule }));
    expect(print(planned)[0]).toMatch(said);
    expect(planned.steps).toHaveLength(2);
  });

  it("is nothing if the object is so already", async () => {
    const planned = await plan(toPipeline(then({ scale: { replicas: 1 } })));
    expect(print(planned)).toEqual([
      "nothing to do: Deployment shop/web is so already: spec.replicas=1",
    ]);
  });

  it("controls no terminal, whatever the object says", async () => {
    const evil = "\u001B[2J\nforged \u202E";
    const object = { ...WEB, spec: { ...(WEB["spec"] as object), note: evil } };
    const rule = then(
      { annotate: { set: { note: { cel: "object.spec.note" } } } },
      { alert: { to: "t", summary: "object.spec.note" } },
    );
    const text = formatPlan(await plan(toPipeline(rule), [], object)).join("\n");
    expect(stripVTControlCharacters(text)).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text.split("\n").filter((line) => line.trim().startsWith("forged"))).toEqual([]);
  });
});

describe.each(listRecipes())("the simulation of docs/recipes/%s", (recipe) => {
  it("shows its operations on the objects of its story", async () => {
    const file = await readPipelineFile(join(RECIPES, recipe));
    if (!file.ok) throw new Error(JSON.stringify(file.error));
    const { trigger, others } = withUids(readRecipeObjects(recipe));
    const text = [trigger, ...others].map((object) => JSON.stringify(object)).join("\n---\n");
    const planned = await plan(file.value.pipeline, parseOfflineObjects(text, "objects"), trigger);
    expect({ refusal: planned.refusal, missing: planned.missing }).toEqual({});
    expect(planned.steps.length).toBeGreaterThan(0);
  });
});

describe("a file of objects", () => {
  it("is YAML of several documents, or a list", () => {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [WEB, CRON_JOB] });
    expect(parseOfflineObjects(list, "f")).toHaveLength(2);
  });

  it("is refused, with its name, if it has something else", () => {
    expect(() => parseOfflineObjects("a: b", "objects.yaml")).toThrow(
      "objects.yaml: document 1 is no object with apiVersion, kind and metadata.name",
    );
  });
});

describe("the Node of a Pod", () => {
  const POD = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", uid: "pod-uid" },
    spec: { nodeName: "worker-1", containers: [] },
    status: { phase: "Failed" },
  } as KubernetesObject;
  const NODE = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "worker-1", uid: "node-uid" },
    spec: {},
  };
  const rule = (whereTarget: string): Pipeline =>
    toPipeline({
      on: { resource: "pods" },
      reach: "cluster",
      whereTarget,
      ...then({ cordon: { target: { relation: "node" } } }),
    });

  it("is what the relation node leads to", async () => {
    const planned = await plan(rule('object.kind == "Node"'), [NODE], POD);
    expect(print(planned)[0]).toBe("would change Node worker-1: spec.unschedulable (none) -> true");
  });

  it("is judged by whereTarget, whatever the Pod says", async () => {
    const planned = await plan(rule('object.metadata.name == "worker-2"'), [NODE], POD);
    expect(planned.refusal).toMatchObject({ code: "TargetRefused" });
  });
});

describe("the alert of a match", () => {
  const receivers = {
    pager: { pagerduty: { routingKey: { secret: "pager" } } },
    chat: { slack: { channel: "#shop", token: { secret: "chat" } } },
    default: { sns: { topicArn: "arn:aws:sns:eu-central-1:111122223333:alerts" } },
  };
  const route = [
    { when: { severity: "critical" }, to: "pager", continue: true },
    { when: { namespaceLabels: "team=shop" }, to: "chat" },
  ];
  const NAMESPACE: KubernetesObject = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", uid: "shop-uid", labels: { team: "shop" } },
  };
  const toAlert = (more: object = {}): Pipeline =>
    toPipeline(then({ alert: { summary: "'x'", ...more } }), { receivers, route });

  it("is shown with its title, its severity and the receivers to which it is routed", async () => {
    const alert = {
      title: "'Trouble with ' + object.metadata.name",
      severity: "critical",
      labels: { tier: "1" },
      runbook: "https://runbooks.example/web",
      fields: { Replicas: "string(object.spec.replicas)" },
    };
    const planned = await plan(toAlert(alert), [NAMESPACE]);
    expect(print(planned)).toEqual([
      "would alert default: x",
      "    title: Trouble with web",
      "    severity: critical",
      "    receivers: pager (PagerDuty), chat (the Slack channel #shop)",
      "    label tier: 1",
      "    runbook: https://runbooks.example/web",
      "    Replicas: 1",
    ]);
    expect(toPlanRecord(planned)).toMatchObject({
      steps: [
        {
          alert: {
            title: "Trouble with web",
            severity: "critical",
            receivers: [{ name: "pager" }, { name: "chat" }],
          },
        },
      ],
    });
  });

  it("says if routes ask for labels of a namespace that is not known", async () => {
    const lines = print(await plan(toAlert()));
    expect(lines).toContain("    severity: warning");
    expect(lines.find((line) => line.includes("receivers: "))).toMatch(/receivers: default \(/);
    expect(lines.at(-1)).toMatch(/^ {4}the labels of the namespace shop are not known/);
  });

  it("is an error if the rule is refused", async () => {
    const rule = then({ cordon: { target: { name: "worker-1" } } }, { alert: { summary: "'x'" } });
    const lines = print(await plan(toPipeline(rule, { receivers, route }), [NAMESPACE]));
    expect(lines[0]).toMatch(/^refused OutOfReach/);
    expect(lines).toContain("    severity: error");
  });
});
