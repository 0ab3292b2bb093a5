import type { GenericSchema } from "valibot";
import type { Result } from "../../result.ts";
import type { ReadOperation } from "../../operations/operation.ts";
import type { Action, ActionState, TargetKinds } from "./action.ts";
import {
  changeTarget,
  type ChangeParameters,
  type LiveTarget,
  type Wanted,
} from "./change-target.ts";
import { toPatchPermissions, type Refusal } from "./target.ts";

export type ChangeActionOptions<P extends ChangeParameters> = {
  readonly name: string;
  readonly targets: TargetKinds;
  readonly schema: GenericSchema<unknown, P>;
  /** Default: `get` and `patch` of the target. */
  readonly permissions?: Action<P>["permissions"];
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
  const { name, targets, schema, permissions = toPatchPermissions(targets), decide } = options;
  return {
    name,
    schema,
    remediates: true,
    targets,
    expressions: [],
    permissions,
    next: (state) => changeTarget(state, { name, ...targets }, (live) => decide(state, live)),
  };
}
