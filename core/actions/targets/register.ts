import * as v from "valibot";
import { isObject } from "../../json/read-json.ts";
import type { Action } from "../contract/action.ts";

/**
 * Erases the type of the parameters: each call parses them with the schema of the action. As parsing is idempotent and fills in
 * the defaults, parameters may be passed as they are written in a rule.
 */
export function register<P>(own: Action<P>): Action<unknown> {
  const action = own as Action<unknown>;
  const { writes } = action;
  const read = (parameters: unknown): unknown =>
    v.parse(findSchema(action, parameters), parameters);
  return {
    ...action,
    permissions: (parameters, on) => action.permissions(read(parameters), on),
    ...(writes === undefined ? {} : { writes: (parameters) => writes(read(parameters)) }),
    next: (state) => action.next({ ...state, parameters: read(state.parameters) }),
  };
}

/** The schema for parameters as they are written: with one target, or with many. */
export function findSchema(
  { schema, many }: Pick<Action<unknown>, "schema" | "many">,
  parameters: unknown,
): v.GenericSchema {
  const hasMany = isObject(parameters) && Object.hasOwn(parameters, "targets");
  return many !== undefined && hasMany ? many : schema;
}
