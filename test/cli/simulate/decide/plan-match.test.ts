import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatPlan, toPlanRecord } from "../../../../cli/simulate/report/format-plan.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { plan, print, thenDo, toPipeline, WEB } from "./plan-rule.ts";

describe("what a match would do", () => {
  it("is each operation with the diff of its object, the check and the text of the alert", async () => {
    const planned = await plan(
      toPipeline({
        ...thenDo(
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
    const scale = thenDo({ scale: { replicas: 3 } });
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

  it.each([
    ["fieldSelector", "'status.reason=Evicted'", /no API server selects pods by status\.reason/],
    ["labelSelector", "'app in ('", /is not a label requirement/],
  ])("is refused where the API server would refuse the %s", async (key, cel, message) => {
    const constant = `object.metadata.name == 'web' ? ${cel} : 'a=b'`;
    const select = { resource: "pods", [key]: { cel: constant } };
    const rule = thenDo({ deleteObject: { targets: { select, atMost: 5 } } });
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
    const rule = thenDo({ deleteObject: { targets: { select, atMost: 5 } } });
    const pods = [
      toPod("a", "Failed"),
      toPod("b", "Running"),
      toPod("c", "Failed", { app: "other" }),
      toPod("d", "Failed"),
    ];
    const [line] = print(await plan(toPipeline(rule), pods));
    expect(line).toMatch(/^would delete 2 Pods/);
  });

  it("depends on an object that is not known: the message says which, and how to get it", async () => {
    const planned = await plan(
      toPipeline(thenDo({ createJobFromCronJob: { cronJob: { name: "backup" } } })),
    );
    expect(print(planned)).toEqual([
      "what it would do depends on more: CronJob shop/backup is not known",
      "to see it: kubectl -n shop get cronjobs.batch backup -o yaml > objects.yaml, then --objects objects.yaml",
    ]);
    expect(planned.steps).toEqual([]);
  });

  it("depends on all objects of a kind if none of them is known", async () => {
    const targets = { select: { resource: "pods" }, atMost: 5 };
    expect(print(await plan(toPipeline(thenDo({ deleteObject: { targets } }))))).toEqual([
      "what it would do depends on more: no pods in shop are known",
      "to see it: kubectl -n shop get pods -o yaml > objects.yaml, then --objects objects.yaml",
    ]);
  });

  it("is a refusal with its code and a way out", async () => {
    const planned = await plan(toPipeline(thenDo({ cordon: { target: { name: "worker-1" } } })));
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
    const actions = thenDo({ label: { set: { a: "b" } } }, { alert: { to: "t", summary: "'x'" } });
    const planned = await plan(toPipeline({ ...actions, ...rule }));
    expect(print(planned)[0]).toMatch(said);
    expect(planned.steps).toHaveLength(2);
  });

  it("is nothing if the object is so already", async () => {
    const planned = await plan(toPipeline(thenDo({ scale: { replicas: 1 } })));
    expect(print(planned)).toEqual([
      "nothing to do: Deployment shop/web is so already: spec.replicas=1",
    ]);
  });

  it("controls no terminal, whatever the object says", async () => {
    const evil = "\u001B[2J\nforged \u202E";
    const object = { ...WEB, spec: { ...(WEB["spec"] as object), note: evil } };
    const rule = thenDo(
      { annotate: { set: { note: { cel: "object.spec.note" } } } },
      { alert: { to: "t", summary: "object.spec.note" } },
    );
    const text = formatPlan(await plan(toPipeline(rule), [], object)).join("\n");
    expect(stripVTControlCharacters(text)).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text.split("\n").filter((line) => line.trim().startsWith("forged"))).toEqual([]);
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
      ...thenDo({ cordon: { target: { relation: "node" } } }),
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
