import type { GenericSchema } from "valibot";
import type { Result } from "../../result.ts";
import type { ReadOperation } from "../../operations/operation.ts";
import type { Action, ActionState, Permission, TargetKinds } from "./action.ts";
import {
  changeTarget,
  type ChangeParameters,
  type LiveTarget,
  type Wanted,
} from "./change-target.ts";
import { toWalkPermissions } from "./owner-walk.ts";
import { toTargetPermissions, toTargetResources, type Refusal } from "./target.ts";

export type ChangeActionOptions<P extends ChangeParameters> = {
  readonly name: string;
  readonly targets: TargetKinds;
  readonly schema: GenericSchema<unknown, P>;
  /** Default: `get` and `patch` of the target. */
  readonly permissions?: Action<P>["permissions"];
  /** Beside the default. */
  readonly more?: readonly Permission[];
  readonly isUnmarked?: true;
  readonly writes: NonNullable<Action<P>["writes"]>;
  /** The fields of the live target as they are to be, or what must be read first. */
  readonly decide: (
    state: ActionState<P>,
    live: LiveTarget,
  ) => Result<Wanted, Refusal> | { readonly reads: readonly ReadOperation[] };
};

/** An action that changes fields of one object by one patch, and is refused as `changeTarget` says. */
export function createChangeAction<P extends ChangeParameters>(
  options: ChangeActionOptions<P>,
): Action<P> {
  const {
    name,
    targets,
    schema,
    more = [],
    permissions = toDefault(targets, more),
    writes,
    isUnmarked,
    decide,
  } = options;
  return {
    name,
    schema,
    remediates: true,
    targets,
    expressions: [],
    permissions,
    writes,
    ...(isUnmarked === undefined ? {} : { isUnmarked }),
    next: (state) => changeTarget(state, { name, ...targets }, (live) => decide(state, live)),
  };
}

/** The rights of an action that reads its target and patches it. */
function toDefault(
  of: TargetKinds,
  more: readonly Permission[],
): Action<ChangeParameters>["permissions"] {
  return ({ target }, on) => [
    ...toTargetPermissions(toTargetResources(target, of, on), ["get", "patch"]),
    ...toWalkPermissions(target, of, on),
    ...more,
  ];
}
