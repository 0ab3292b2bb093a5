import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { ActionAnswer, Observation } from "../../../core/actions/contract/action.ts";
import { withoutManagers } from "../../../core/actions/contract/change-target.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { findJobDifferences } from "../../../core/operations/job-comparison.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toState } from "./state.ts";

type Json = Readonly<Record<string, unknown>>;

export type Scene = {
  /** The trigger, of this resource. */
  readonly resource: string;
  readonly object: KubernetesObject;
  /** The trigger as a read of it answers, if that is not `object`. */
  readonly served?: KubernetesObject;
  readonly others?: readonly KubernetesObject[];
  readonly references?: readonly FoundReference[];
  /** Of a chain of remediations by unknown rules. */
  readonly depth?: number;
  /** The paths in which a Job differs from the one of the rule. Default: they are found, without what an API server would add. */
  readonly differences?: readonly string[];
  /** The values of CEL expressions. */
  readonly values?: Json;
  /** Instead of `values`. */
  readonly evaluate?: (expression: string) => unknown;
};

export function toObject(
  apiVersion: string,
  kind: string,
  fields: Json = {},
  metadata: Json = {},
): KubernetesObject {
  const name = `the-${kind.toLowerCase()}`;
  const isOutside = kind === "Node";
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid: `${kind}-uid`,
      ...(isOutside ? {} : { namespace: "data" }),
      ...metadata,
    },
    ...fields,
  };
}

/** Asks an action until it decides; its reads are answered from the scene. The answer, and what was read. */
export function runAction(
  name: string,
  parameters: Json,
  scene: Scene,
  stage = 0,
): { readonly answer: ActionAnswer; readonly reads: readonly string[] } {
  const { resource, object, others = [], references = [], depth = 0, values = {} } = scene;
  const action = findAction(name);
  if (action === undefined) throw new Error(name);
  const entry = findResource(builtinCatalog(), resource) ?? toCustom(resource, object);
  const { metadata } = object;
  const trigger = {
    ...entry,
    namespace: object.metadata.namespace ?? null,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: "1",
  };
  const observed = new Map<string, Observation>();
  const reads: string[] = [];
  const all = [scene.served ?? object, ...others];
  const evaluate = scene.evaluate ?? ((expression: string): unknown => values[expression]);
  for (let round = 0; round < 5; round += 1) {
    const chain = { depth, rules: depth === 0 ? {} : undefined };
    const change = { trigger, live: object, references, observed, chain, evaluate, stage };
    const answer = action.next(toState(parameters as unknown, change));
    if (answer.outcome !== "read") return { answer, reads };
    for (const read of answer.reads) {
      const { kind } = read.target;
      const found = all.filter((one) => one.kind === kind);
      reads.push(`${read.type} ${read.target.resource}`);
      if (read.type === "list") observed.set(read.as, { type: "list", items: found });
      else if (read.type === "compareJob") {
        const job = found.find((item) => item.metadata.name === read.target.name) ?? null;
        const differences =
          scene.differences ?? findJobDifferences(job, read.manifest).map(({ path }) => path);
        observed.set(read.as, { type: "comparison", object: job, differences });
      } else {
        const named = found.find((item) => item.metadata.name === read.target.name) ?? null;
        // The executor leaves them out unless they are asked for.
        const one = named === null || read.withManagers === true ? named : withoutManagers(named);
        const isScale = read.target.subresource === "scale";
        observed.set(read.as, { type: "object", object: isScale && one ? toScale(one) : one });
      }
    }
  }
  throw new Error(`${name} asks for reads for ever`);
}

/** A resource that no built-in table has. */
function toCustom(name: string, { apiVersion, kind }: KubernetesObject): ResourceType {
  const [resource = "", ...group] = name.split(".");
  const version = apiVersion.split("/").at(-1) ?? "";
  return { group: group.join("."), version, resource, kind, namespaced: true };
}

function toScale(object: KubernetesObject): KubernetesObject | null {
  const replicas = (object["spec"] as Json | undefined)?.["replicas"];
  return replicas === undefined
    ? null
    : toObject("autoscaling/v1", "Scale", { spec: replicas === 0 ? {} : { replicas } });
}

/** The changes of the one patch of an answer, as `path from -> to`. */
export function toLines(answer: ActionAnswer): readonly string[] {
  const [operation, ...more] = answer.outcome === "operations" ? answer.operations : [];
  if (operation?.type !== "patch" || more.length > 0) throw new Error(JSON.stringify(answer));
  return operation.changes.map(({ path, from, to }) => {
    const steps = path.map((step) => (typeof step === "string" ? step : JSON.stringify(step)));
    return `${steps.join(" ")}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
  });
}
