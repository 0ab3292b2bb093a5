import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { Action, ActionAnswer, ActionState } from "../../../core/actions/contract/action.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { ACTIONS } from "../../../core/actions/registry.ts";
import { findReferences } from "../../../core/references/find-references.ts";

type Parameters = {
  readonly relation: "involved" | "related";
  readonly owner?: boolean | undefined;
};

/**
 * Stands for anything that an action may do to another object (drain a Node, run a Job again, restart a workload): it writes to
 * the object that an Event points at, or to that object's owner, without any check of its own. So only the authority check in
 * front of every action decides what it may do.
 */
const touch: Action<Parameters> = {
  name: "touch",
  schema: v.strictObject({
    relation: v.picklist(["involved", "related"]),
    owner: v.optional(v.boolean()),
  }),
  remediates: true,
  expressions: [],
  permissions: () => [],
  next(state) {
    const pointed = toAddress(state.references, state.parameters.relation);
    const object = readObject(state, "object");
    if (object === undefined) return read("object", pointed);
    if (state.parameters.owner !== true) return write(pointed, object);
    const owner = toAddress(findReferences(object, state.catalog), "owner");
    const live = readObject(state, "owner");
    return live === undefined ? read("owner", owner) : write(owner, live);
  },
};

/** Registers the action for rules in this process. */
export function installTouch(): void {
  Object.assign(ACTIONS, { touch });
}

function toAddress(references: readonly FoundReference[], relation: string): ObjectAddress {
  const found = references.find((reference) => reference.relation === relation);
  if (found?.result.outcome !== "resolved") throw new Error(`there is no ${relation} object`);
  const { apiVersion, kind, resource, namespace, name } = found.result;
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return { group, version, resource, kind, namespace, name };
}

function readObject(state: ActionState<unknown>, as: string): KubernetesObject | undefined {
  const observed = state.observed.get(as);
  if (observed === undefined) return undefined;
  if (observed.type === "object" && observed.object !== null) return observed.object;
  throw new Error(`${as} is not there`);
}

function read(as: string, target: ObjectAddress): ActionAnswer {
  return { outcome: "read", reads: [{ type: "get", as, target }] };
}

/** The kind of write does not matter: the authority check only looks at its target. */
function write(target: ObjectAddress, live: KubernetesObject): ActionAnswer {
  const source = { ...target, uid: live.metadata.uid };
  const specFrom = { source, path: "spec", digest: "" };
  const metadata = { annotations: { "example.com/touched": "yes" } };
  const operation = { type: "create", name: "touch", target, metadata, specFrom } as const;
  return { outcome: "operations", operations: [operation], target: live };
}
