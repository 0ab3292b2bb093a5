/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import { toMirrorSteps } from "../../../core/simulate/mirror-steps.ts";
import type { ChangeData, ChangeMessage } from "../../../events/change.ts";
import { CONFIG_MAPS, toSource } from "../../support/mirror/mirror-case.ts";

function stepsOf(
  fields: Readonly<Record<string, unknown>> = {},
  options: {
    readonly mirror?: object;
    readonly rule?: object;
    readonly data?: Partial<ChangeData>;
  } = {},
) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["eu", "us"].map((name) => ({ name, access: { kubeconfig: name } })),
    rules: [
      {
        id: "a",
        on: { resource: "configmaps", namespaces: ["shop"] },
        then: [{ mirror: { to: ["eu"], ...options.mirror } }],
        ...options.rule,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [rule] = parsed.value.rules;
  if (rule === undefined) throw new Error("no rule");
  const data = {
    cluster: { name: "prod", uid: "uid" },
    watch: planWatches(parsed.value)[0]?.key ?? "",
    resource: CONFIG_MAPS,
    change: "modified",
    object: toSource(fields),
    ...options.data,
  };
  return toMirrorSteps(rule, { data } as ChangeMessage);
}

const whatOf = (steps: ReturnType<typeof stepsOf>) => steps?.steps.map(({ what }) => what);

describe("a simulation shows for a mirrored object", () => {
  it("a copy in each target, and how it differs from its source", () => {
    const mirror = { to: ["eu", "us"], labels: { set: { copied: "yes" } } };
    const shown = stepsOf({ data: { a: "b" } }, { mirror });
    expect(whatOf(shown)).toEqual([
      "make ConfigMap shop/settings in eu equal to shop/settings",
      "make ConfigMap shop/settings in us equal to shop/settings",
    ]);
    expect(shown?.steps[0]?.changes).toEqual([
      { path: ["metadata", "labels"], to: { copied: "yes" } },
    ]);
  });

  it("that its copy is deleted with it", () => {
    const shown = stepsOf(
      {},
      { data: { change: "deleted" }, mirror: { namespaces: { shop: "dr" } } },
    );
    expect(whatOf(shown)).toEqual([
      "delete ConfigMap dr/settings in eu, if it is the copy of shop/settings",
    ]);
  });

  it.each<[string, Parameters<typeof stepsOf>[1]]>([
    ["has left", { data: { change: "left" } }],
    ["no longer satisfies the condition", { rule: { where: "has(object.data)" } }],
  ])("that its copy is deleted if it %s", (_what, options) => {
    expect(whatOf(stepsOf({}, options))?.[0]).toMatch(/^delete /);
  });

  it.each<[Partial<ChangeData>, object]>([
    [{ change: "deleted" }, { delete: "keep" }],
    [{ change: "left" }, { left: "keep" }],
  ])("that its copy stays: %j with %j", (data, mirror) => {
    expect(stepsOf({}, { data, mirror })).toEqual({
      steps: [],
      notes: ["a copy of shop/settings stays as it is"],
    });
  });

  it.each<ChangeData["change"]>(["modified", "deleted"])(
    "that one that is bound to its cluster has no copy, so that none is deleted: %s",
    (change) => {
      const bound = { metadata: { name: "kube-root-ca.crt", namespace: "shop", uid: "u" } };
      expect(stepsOf(bound, { data: { change } })).toEqual({
        steps: [],
        notes: [
          "it has no copy: the API server keeps kube-root-ca.crt in each namespace of its own cluster",
        ],
      });
    },
  );

  it("why its copy is deleted although it is there", () => {
    const shown = stepsOf({}, { rule: { where: "has(object.data)" } });
    expect(shown?.steps).toMatchObject([{ note: "where is false" }]);
  });

  it("no empty map of labels that the copy would have more than its source", () => {
    expect(stepsOf({ data: { a: "b" } })?.steps[0]?.changes).toEqual([]);
  });

  it("why it cannot be mirrored", () => {
    const mirror = { labels: { set: { a: { cel: "object.data.b" } } } };
    expect(stepsOf({}, { mirror })).toMatchObject({ steps: [], refusal: { code: "RuleError" } });
  });

  it("that nothing more is known if only its metadata is known", () => {
    const shown = stepsOf(
      {},
      { data: { payload: "metadata" }, rule: { where: "has(object.data)" } },
    );
    expect(shown?.steps).toMatchObject([{ note: "only its metadata is known", changes: [] }]);
  });

  it("that a dry run writes nothing", () => {
    const shown = stepsOf({}, { rule: { guards: { mode: "dryRun" } } });
    expect(shown?.steps).toMatchObject([{ note: "mode: dryRun writes nothing" }]);
  });
});

it.each<[string, object, object]>([
  [
    "a copy from another cluster",
    { metadata: { annotations: { "kubemend.dev/source-cluster": "b" } } },
    {},
  ],
  ["an object of another namespace", { metadata: { namespace: "billing" } }, {}],
  [
    "a rule that only alerts",
    {},
    { rule: { once: "change", then: [{ alert: { to: "a", summary: "'x'" } }] } },
  ],
])("a simulation shows nothing of copies for %s", (_what, fields, options) => {
  expect(stepsOf({ ...fields }, options)).toBeUndefined();
});
