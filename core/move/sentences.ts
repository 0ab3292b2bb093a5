import type { MovedObject, StoredPause } from "../../events/moves/move-steps.ts";
import { isKubemendError, type KubemendError } from "../errors.ts";
import { limitText } from "../text/limit-text.ts";
import { toResourceName } from "../references/resource-name.ts";
import type { Problem } from "./status/problem.ts";
import { nameMoved } from "./moved-object.ts";
import { toResumePatch } from "./pause-value.ts";

const MAX_LENGTH = 4_000;

/** A problem of one object, with the command that continues after it was mended. */
export function toProblem(
  move: string,
  {
    object,
    wayOut,
    isComplete = false,
    ...problem
  }: Omit<Problem, "object"> & {
    readonly object?: MovedObject | undefined;
    /** The way out is complete as it is: no command is added. */
    readonly isComplete?: boolean | undefined;
  },
): Problem {
  return {
    ...problem,
    ...(object === undefined ? {} : { object: nameMoved(object) }),
    wayOut: isComplete ? wayOut : `${wayOut}; then continue with: kubemend move --resume ${move}`,
  };
}

/** The reason for which an object must not be deleted as long as a resource cannot be listed. */
export function describeUnread({
  resource,
  reason,
}: {
  readonly resource: string;
  readonly reason: string;
}): string {
  return `${resource} cannot be listed (${reason}), so it is unknown whether the moved objects own any of them`;
}

/** A refusal by an API server, or on the way to it, as a problem. Anything else is thrown again. */
export function toRefusal(
  move: string,
  error: unknown,
  { object, step }: { readonly object?: MovedObject | undefined; readonly step: string },
): Problem {
  if (!isKubemendError(error)) throw error;
  const reason = limitText(error.message, MAX_LENGTH);
  return toProblem(move, {
    code: error.code,
    object,
    step,
    reason,
    wayOut: findWayOut(error),
  });
}

const WAYS: Readonly<Record<string, string>> = {
  Forbidden: "grant the right",
  AdmissionDenied: "change the policy or the object that it refuses",
  QuotaExceeded: "raise the quota in that namespace",
  Invalid: "change the object in the source so that the target accepts it",
  Immutable: "change the object in the source so that the target accepts it",
  UnknownField: "install the same definition in the target, or take the field away",
  NotFound: "create what is missing",
  Unauthorized: "renew the credentials",
};

/** Refusals that only the words of the API server tell apart. The first that fits counts. */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /because it is being terminated/,
    "somebody has deleted the namespace: wait until it is gone, and create it again",
  ],
  [
    /cannot set blockOwnerDeletion/,
    "grant update of the subresource finalizers of its owner's resource",
  ],
  [
    /attempting to grant RBAC permissions/,
    "grant the verb escalate of roles and clusterroles, or bind for bindings, or the rights that the object contains",
  ],
  [
    /failed calling webhook/,
    "have the webhook answer that the reason names: its Service, its Pods, its certificate; or remove its configuration",
  ],
  [/\bdenied (?:the )?request\b/, WAYS["AdmissionDenied"] ?? ""],
  [
    /too large|larger than max/,
    "make the object smaller in the source, because the cluster stores none of that size",
  ],
];

function findWayOut({ code, message }: KubemendError): string {
  const known = BY_WORDS.find(([words]) => words.test(message));
  if (known !== undefined) return known[1];
  return Object.hasOwn(WAYS, code) ? (WAYS[code] ?? "") : "wait until the cluster answers";
}

/** The number of commands that are shown; the rest is counted. */
const MOST_SHOWN = 5;

/** The command that ends the pause of an object without the move. */
export function toResumeCommand(object: MovedObject, pause: StoredPause): string {
  const { name, namespace } = object;
  const where = namespace === undefined ? "" : ` -n ${namespace}`;
  const patch = JSON.stringify(toResumePatch(pause, null)).replaceAll("'", "\\u0027");
  return `kubectl patch ${toResourceName(object)} ${name}${where} --type merge -p '${patch}'`;
}

/** The commands that end the pauses of the sources without the target: it may never answer again. */
export function describeByHand(objects: readonly MovedObject[]): string {
  const commands = objects.flatMap((object) => {
    const { pause, state } = object;
    return pause === undefined || state === "Planned" ? [] : [toResumeCommand(object, pause)];
  });
  if (commands.length === 0) return "";
  const rest = commands.length - MOST_SHOWN;
  const more = rest > 0 ? `; and ${rest} more, whose values are in the MoveSteps of the move` : "";
  return `. If the target is lost, end the pauses of the sources by hand: ${commands.slice(0, MOST_SHOWN).join("; ")}${more}`;
}
