import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import type { KubernetesObject } from "../../events/change.ts";
import { usesObject } from "../../core/actions/targets/uses-object.ts";
import { judgeTarget } from "../../core/actions/judge-target.ts";
import type { FanOutOperation } from "../../core/operations/fan-out.ts";
import { evaluateValue } from "../../core/actions/contract/evaluate-value.ts";
import { isRemediation } from "../../core/actions/registry.ts";
import { toBindings } from "../../core/decide/bindings.ts";
import { describeOperation } from "../../core/operations/describe-operation.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { planPermissions } from "../../core/pipeline/rights/permissions.ts";
import { findReferences } from "../../core/references/find-references.ts";
import { runAction } from "../core/actions/run-action.ts";
import { decideExample } from "./decide-example.ts";
import { listRecipes, readRecipeObjects, recipeCatalog, RECIPES, withUids } from "./read-recipe.ts";

/** By its first two digits: what is done to the objects of the story, and the rights that its actions need to write. */
const DONE: Readonly<Record<string, readonly [what: RegExp, ...rights: readonly string[]]>> = {
  "01": [/^create Job data\/backup-[0-9a-f]{12}$/, "create jobs", "update cronjobs/finalizers"],
  "02": [/^delete Pod shop\/web-1$/, "delete pods"],
  "03": [/^delete Pod shop\/db-0$/, "delete pods"],
  "04": [/^change Deployment shop\/web: .*restartedAt/, "patch deployments"],
  "05": [/^change StatefulSet shop\/db: .*memory "1Gi" -> "1536Mi"$/, "patch statefulsets"],
  "06": [
    /^change Node worker-1: spec.unschedulable \(none\) -> true, evict 1 Pod: shop\/web-1$/,
    "create pods/eviction",
    "patch nodes",
  ],
  "07": [/^change Node worker-2: spec.unschedulable true -> \(none\)$/, "patch nodes"],
  "08": [/^change Node worker-3: spec.taints\[/, "patch nodes"],
  "09": [
    /^change PersistentVolumeClaim shop\/data: metadata.labels/,
    "patch persistentvolumeclaims",
  ],
  "10": [/^delete 1 Pod: shop\/web-2$/, "delete pods"],
  "11": [/^delete 1 Pod: tools\/once$/, "delete pods"],
  "12": [/^change CronJob data\/report: spec.suspend true -> false$/, "patch cronjobs"],
  "13": [/^create Job data\/nightly-/, "create jobs", "update cronjobs/finalizers"],
  "14": [
    /^change HorizontalPodAutoscaler shop\/web: spec.maxReplicas 4 -> 6$/,
    "patch horizontalpodautoscalers",
  ],
  "15": [/^change 1 object: shop\/web$/, "patch deployments", "patch statefulsets"],
  "16": [
    /^change Node worker-4: spec.unschedulable \(none\) -> true, evict 1 Pod: shop\/web-4$/,
    "create pods/eviction",
    "patch nodes",
  ],
  "17": [/^change Job data\/load: spec.suspend \(none\) -> true$/, "patch jobs"],
  "18": [/^evict Pod shop\/web-3$/, "create pods/eviction"],
  "19": [/^change Deployment staging\/web: spec.replicas 0 -> 1$/, "patch deployments/scale"],
  "20": [
    /^change Certificate shop\/web: metadata.annotations.* -> "2026-02-20T03:04:00Z"$/,
    "patch certificates",
  ],
  "21": [
    /^delete Job operator\/webhook-cert-init, create Job operator\/webhook-cert-init$/,
    "create jobs",
    "delete jobs",
    "patch jobs",
  ],
  "22": [
    /^change Deployment shop\/web: spec.template as in ReplicaSet web-1, /,
    "patch deployments",
  ],
  "23": [/^delete Job data\/by-hand$/, "delete jobs"],
  "24": [
    /^change ApplicationSet argocd\/shops: metadata.annotations.* -> "true"$/,
    "patch applicationsets",
  ],
  "25": [/^change ResourceQuota shop\/pods: spec.hard.pods "20" -> "30"$/, "patch resourcequotas"],
  "26": [
    /^change PersistentVolumeClaim shop\/db: metadata.labels.* -> "resize"$/,
    "patch persistentvolumeclaims",
  ],
  // The rights on Events are those of every remediation.
  "27": [/^report Warning RunFailed on CronJob data\/report: the run report-29384756 has failed$/],
  "28": [/^change 1 object: shop\/web$/, "patch deployments", "patch statefulsets"],
};

const NOW = "2026-03-01T10:00:00.000Z";
const SCENE = {
  change: { id: "c", kind: "modified", time: NOW },
  cluster: { name: "production", uid: "u" },
  now: NOW,
} as const;
const READS = new Set(["get", "list", "watch"]);

async function readRecipe(recipe: string): Promise<Pipeline> {
  const file = await readPipelineFile(join(RECIPES, recipe));
  if (file.ok) return file.value.pipeline;
  throw new Error(JSON.stringify(file.error));
}

/** The writes that the rule's action would make on the objects of its story. */
async function planRecipe(recipe: string): Promise<readonly (string | undefined)[]> {
  const [rule] = (await readRecipe(recipe)).rules;
  const { trigger, others } = withUids(readRecipeObjects(recipe));
  const [acting] = rule?.then.filter((one) => isRemediation([one])) ?? [];
  if (rule === undefined || acting === undefined) throw new Error(recipe);
  const references = findReferences(trigger, recipeCatalog());
  const bindings = toBindings({ ...SCENE, object: trigger, references });
  const { answer } = runAction(acting.action, acting.parameters, {
    resource: rule.on.resource,
    object: trigger,
    others,
    references,
    evaluate: (expression) => evaluateValue(expression, bindings),
  });
  if (answer.outcome !== "operations") throw new Error(JSON.stringify(answer));
  return answer.operations.map((operation) =>
    describeOperation(operation.type === "fanOut" ? withFound(operation, others) : operation),
  );
}

/** The fan-out with those objects of the story that are its targets. */
function withFound(
  operation: FanOutOperation,
  others: readonly KubernetesObject[],
): FanOutOperation {
  const kinds = operation.collections.map(({ kind }) => kind);
  const names = others
    .filter(({ kind }) => kinds.includes(kind))
    .filter(
      (object) =>
        judgeTarget(
          operation.filter,
          object,
          (kind, name) => usesObject(object, kind, name),
          () => toBindings({ ...SCENE, object, references: [] }),
        ).outcome === "target",
    )
    .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
  return { ...operation, found: { count: names.length, names } };
}

/** `verb resource` of everything that remediate may write in the namespaces of the story. */
async function toWriteRights(recipe: string): Promise<readonly string[]> {
  const { remediate } = planPermissions(await readRecipe(recipe), recipeCatalog());
  const all = remediate.flatMap(({ rules }) =>
    rules.flatMap(({ resources, verbs }) =>
      verbs.filter((verb) => !READS.has(verb)).map((verb) => `${verb} ${resources.join()}`),
    ),
  );
  return [...new Set(all)]
    .filter((right) => !/remediations|ruleguards|alertgroups|silences|events/.test(right))
    .toSorted();
}

test("the recipes are numbered without a hole, and each is in the list", () => {
  const recipes = listRecipes();
  expect(recipes.map((name) => name.slice(0, 2))).toEqual(Object.keys(DONE).toSorted());
  const list = readFileSync(join(RECIPES, "README.md"), "utf8");
  expect(recipes.filter((name) => !list.includes(`(${name})`))).toEqual([]);
});

test.each([
  ["a failed backup", "failed-backup"],
  ["ImagePullBackOff", "image-pull-back-off"],
  ["a Pod stuck in Terminating", "stuck-in-terminating"],
  ["a crash-looping Deployment that goes back", "roll-back-a-crash-looping-deployment"],
  ["more memory after OOMKilled, up to a limit", "more-memory-after-oom"],
  ["a Node that is not ready, cordoned and drained", "drain-a-node-that-is-not-ready"],
  ["pressure on a Node", "taint-a-node-under-pressure"],
  ["a claim whose resize failed", "volume-resize-failed"],
  ["a claim that stays Pending", "pending-volume-claim"],
  ["evicted Pods", "clean-up-evicted-pods"],
  ["finished Pods", "clean-up-finished-pods"],
  ["a CronJob suspended too long", "suspended-too-long"],
  ["a CronJob that has not succeeded for 25 hours", "no-success-for-25-hours"],
  ["an orphaned Job", "orphaned-job"],
  ["an autoscaler at its limit", "autoscaler-at-its-limit"],
  ["a certificate near its expiry", "certificate-that-is-not-renewed"],
  ["an Event of an ApplicationSet", "application-set-that-fails"],
  ["the certificate Job of a webhook at an upgrade", "webhook-certificate-job"],
  ["a quota that is reached", "quota-used-up"],
  ["a ConfigMap that has changed", "configuration-changed"],
  ["a Secret that has changed", "secret-changed"],
  ["a Node that is interrupted", "interrupted-node"],
])("there is a recipe for %s", (_trouble, name) => {
  expect(listRecipes().map((file) => file.slice(3, -".yaml".length))).toContain(name);
});

describe.each(listRecipes())("docs/recipes/%s", (recipe) => {
  const [what = /never/, ...rights] = DONE[recipe.slice(0, 2)] ?? [];

  it("begins with a comment that tells its story", () => {
    expect(readFileSync(join(RECIPES, recipe), "utf8")).toMatch(/^# [A-Z].{60,}\n/u);
  });

  it("matches the object of its story", async () => {
    const { trigger } = withUids(readRecipeObjects(recipe));
    const { decisions } = decideExample(await readRecipe(recipe), trigger);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(["matched"]);
  });

  it("does what its story says", async () => {
    const planned = await planRecipe(recipe);
    // Steps that only wait are not described.
    expect(planned.filter((step) => step !== undefined).join(", ")).toMatch(what);
  });

  it("needs the right to do that, and no other write", async () => {
    expect(await toWriteRights(recipe)).toEqual(rights);
  });
});
