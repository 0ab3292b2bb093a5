import { applyJob } from "../applyJob/apply-job.ts";
import type { Action } from "../contract/action.ts";
import { register } from "../targets/register.ts";
import { mirror } from "../mirror/mirror.ts";
import { move } from "../move/move.ts";

/** The actions that few rules have. Their names are those that `RARE_ACTION_NAMES` matches. */
export const RARE_ACTIONS: Readonly<Record<string, Action<unknown>>> = {
  applyJob: register(applyJob),
  mirror: register(mirror),
  move: register(move),
};
