import { ACTION_CASES, type ActionCase } from "../functions/action-cases.ts";
import type { Json } from "../functions/remediation-world.ts";
import { BACKUP } from "./reaching-deps.ts";

/** Every action on an object, in the other cluster. */
export const REMOTE_CASES: readonly ActionCase[] = ACTION_CASES.map((one) => ({
  ...one,
  parameters: toRemote(one.parameters),
}));

function toRemote({ target, targets, ...parameters }: Json): Json {
  const cluster = BACKUP;
  return targets === undefined
    ? { ...parameters, target: { ...(target as Json | undefined), cluster } }
    : { ...parameters, targets: { ...(targets as Json), cluster } };
}
