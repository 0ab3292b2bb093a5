import { stripVTControlCharacters } from "node:util";
import { decideChange } from "../../../../cli/simulate/decide/decide-change.ts";
import { planMatch } from "../../../../cli/simulate/decide/plan-match.ts";
import type { SimulatedPlan } from "../../../../cli/simulate/decide/simulated-plan.ts";
import { formatPlan } from "../../../../cli/simulate/report/format-plan.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { findReferences } from "../../../../core/references/find-references.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import { toExampleMessage } from "../../../examples/decide-example.ts";
import { recipeCatalog } from "../../../examples/read-recipe.ts";

export const WEB: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "web-uid", generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [] } }, password: "correct-horse" },
};
export const CRON_JOB: KubernetesObject = {
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

/** A pipeline with one rule for Deployments. */
export function toPipeline(rule: object, more: object = {}): Pipeline {
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
export async function plan(
  pipeline: Pipeline,
  objects: readonly KubernetesObject[] = [],
  object: KubernetesObject = WEB,
): Promise<SimulatedPlan> {
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

/** The lines for people, without colours and indentation. */
export function print(planned: SimulatedPlan): readonly string[] {
  return formatPlan(planned).map((line) => stripVTControlCharacters(line).slice(6));
}

/** The actions of a rule. A module that exports a function `then` could not be imported: it would be taken for a promise. */
export function thenDo(...actions: readonly object[]): object {
  return Object.fromEntries([["then", actions]]);
}
