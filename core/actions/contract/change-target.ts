import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { describeJson } from "../../json/describe-json.ts";
import { readField } from "../../json/read-json.ts";
import { formatChangePath } from "../../operations/change-path.ts";
import { toMarks } from "../../operations/change-marks.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { readChangePath } from "../../operations/json-patch.ts";
import { findManager } from "../../operations/managed-fields.ts";
import type {
  ChangePath,
  CopiedTemplate,
  FieldChange,
  ReadOperation,
} from "../../operations/operation.ts";
import { ok, refuse, type Result } from "../../result.ts";
import { limitMessage, QUOTED_MAX_LENGTH } from "../../text/limit-message.ts";
import type { ActionAnswer, ActionState, EffectCheck, TargetKinds } from "./action.ts";
import { toTwin } from "./cluster.ts";
import { findLoop, findTargetLoop, toCause } from "./loop.ts";
import { walkToOwner } from "./owner-walk.ts";
import { findTarget, type Refusal, type TargetAddress, type TargetParameter } from "./target.ts";

/** The live object that an action changes, and its address with the uid. */
export type LiveTarget = {
  readonly object: KubernetesObject;
  readonly address: TargetAddress & { readonly uid: string };
};

/** A field and the value that it is to have; undefined removes it. */
export type WantedField = {
  readonly path: ChangePath;
  readonly to: unknown;
  /** Whatever value it has when the change is made. */
  readonly overwrite?: true;
};

export type Wanted = {
  readonly fields: readonly WantedField[];
  /** Its Pod template, too. */
  readonly template?: CopiedTemplate | undefined;
  readonly check?: EffectCheck | undefined;
  /** The fields are changed in this subresource, whose object this is. */
  readonly scale?: KubernetesObject | undefined;
};

/** Whether a field that another manager keeps in its state is changed, which that manager would revert. */
export const managedSchema: v.GenericSchema<unknown, "refuse" | "act"> = v.optional(
  v.picklist(["refuse", "act"], "expected refuse or act"),
  "refuse",
);

export type ChangeParameters = {
  readonly target: TargetParameter;
  readonly managed?: "refuse" | "act";
};

/**
 * The common part of the actions that change fields of one object: find it, read it, ask for the wanted fields, and plan one patch. Done
 * without an operation if they are so already. Refused with LoopDepth, ManagedField, and as `readTarget` says.
 */
export function changeTarget<P extends ChangeParameters>(
  state: ActionState<P>,
  action: { readonly name: string } & TargetKinds,
  decide: (
    live: LiveTarget,
  ) => Result<Wanted, Refusal> | { readonly reads: readonly ReadOperation[] },
): ActionAnswer {
  const live = readTarget(state, action);
  if ("outcome" in live) return live;
  const { object, address } = live;
  const { uid, ...target } = address;
  const decided = decide(live);
  if ("reads" in decided) return { outcome: "read", reads: decided.reads };
  if (!decided.ok) return refused(decided.error);
  const { fields, template, check, scale } = decided.value;
  const changes = fields.flatMap((field) => toChange(scale ?? object, field));
  const judged = withoutManagers(object);
  if (changes.length === 0 && template === undefined) {
    const so = fields.map(
      ({ path, to }) => `${formatChangePath(path)}=${describeJson(to, QUOTED_MAX_LENGTH)}`,
    );
    return {
      outcome: "done",
      message: limitMessage(`${describeAddress(address)} is so already: ${so.join(", ")}`),
    };
  }
  const managed =
    state.parameters.managed === "refuse"
      ? findManaged(live, [
          ...changes.map(({ path }) => path),
          ...(template === undefined ? [] : [["spec", "template"]]),
        ])
      : undefined;
  const problem = managed ?? findTargetLoop(state, object);
  if (problem !== undefined) return refused(problem);
  const { name } = action;
  const copied = template === undefined ? {} : { template };
  const operation = { type: "patch", name, target, uid, changes, ...copied } as const;
  return {
    outcome: "operations",
    operations: [
      scale === undefined
        ? { ...operation, marks: toMarks(changes, toCause(state, object), template) }
        : { ...operation, subresource: "scale" },
    ],
    target: judged,
    ...(check === undefined ? {} : { check }),
  };
}

/**
 * The live target. Refused with LoopDepth, TargetNotFound, TargetReplaced, TargetTerminating, and with what `findTarget` refuses. A target
 * that is being deleted is accepted only with `terminating`.
 */
export function readTarget<P extends ChangeParameters>(
  state: ActionState<P>,
  of: TargetKinds,
  terminating = false,
): LiveTarget | ActionAnswer {
  const { trigger, parameters, observed } = state;
  const loop = findLoop(state);
  if (loop !== undefined) return refused(loop);
  const found =
    walkToOwner(state, parameters.target, of) ?? findTarget(state, parameters.target, of);
  if ("reads" in found) return { outcome: "read", reads: found.reads };
  const placed = found.ok ? toTwin(state, found.value) : found;
  if (!placed.ok) return refused(placed.error);
  const address: TargetAddress = placed.value;
  const { uid, ...target } = address;
  const answer = observed.get("target");
  if (answer?.type !== "object") {
    const withManagers = parameters.managed === "refuse";
    return { outcome: "read", reads: [{ type: "get", as: "target", target, withManagers }] };
  }
  const { object } = answer;
  const name = describeAddress(address);
  if (object === null)
    return refused({ code: "TargetNotFound", message: `${name} does not exist` });
  if (uid !== undefined && uid !== "" && uid !== object.metadata.uid) {
    const message = `${name} is not the one that ${trigger.kind} ${trigger.name} refers to: it was deleted and created again`;
    return refused({ code: "TargetReplaced", message });
  }
  if (!terminating && readField(object, "metadata", "deletionTimestamp") !== undefined) {
    return refused({ code: "TargetTerminating", message: `${name} is being deleted` });
  }
  return { object, address: { ...address, uid: object.metadata.uid } };
}

/** The object without metadata.managedFields: `whereTarget` sees what a simulation sees. */
export function withoutManagers(object: KubernetesObject): KubernetesObject {
  const { managedFields: _managers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function refused({ code, message }: Refusal): ActionAnswer {
  return { outcome: "refused", code, message: limitMessage(message) };
}

/** Reads the answer to a read of the action, or says that it must be read first. */
export function toWanted(...fields: readonly WantedField[]): Result<Wanted, Refusal> {
  return ok({ fields });
}

export function toRefusal(code: string, message: string): Result<never, Refusal> {
  return refuse({ code, message });
}

function toChange(object: unknown, { path, to, overwrite }: WantedField): readonly FieldChange[] {
  const from = readChangePath(object, path);
  if (from === to || (from !== undefined && toCanonicalJson(from) === toCanonicalJson(to)))
    return [];
  return [
    {
      path,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(overwrite === undefined ? {} : { overwrite }),
    },
  ];
}

function findManaged(
  { object, address }: LiveTarget,
  paths: readonly ChangePath[],
): Refusal | undefined {
  for (const path of paths) {
    const manager = findManager(object, path);
    if (manager === undefined) continue;
    const message = `${formatChangePath(path)} of ${describeAddress(address)} is managed by ${manager}, which would revert the change: change it there, or set managed: act in the rule`;
    return { code: "ManagedField", message };
  }
  return undefined;
}
