import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { RECORD_GROUP } from "../../events/remediation.ts";

/** What a command does with one of Kubemend's own resources. */
export type Right = { readonly resource: string; readonly verbs: readonly string[] };

/** A command, and the rights that it needs in the namespace of the records. */
export type NamedCommand = { readonly name: string; readonly rights: readonly Right[] };

/**
 * The error with the rights that the command needs, if the cluster refuses one of them; else the error itself. The API server names the
 * resource: `remediations.kubemend.dev is forbidden`, or `remediations.kubemend.dev "NAME" is forbidden`.
 */
export function toMissingRight(
  error: unknown,
  { name, rights }: NamedCommand,
  namespace: string,
): unknown {
  if (!isKubemendError(error, "Forbidden")) return error;
  const { message } = error;
  // An admission policy refuses what the write says, not who may write.
  const isRight = !message.includes("denied request");
  const isOurs = rights.some(({ resource }) => message.includes(`${resource}.${RECORD_GROUP}`));
  if (!isRight || !isOurs) return error;
  const needs = rights.length === 1 ? "this right" : "these rights";
  const text = `kubemend ${name} needs ${needs} in the namespace ${namespace}: ${rights.map(toRule).join(", ")}. Ask for a Role with ${rights.length === 1 ? "it" : "them"}, or use another --context. The API server said: ${error.brief ?? message}`;
  return new KubemendError("Forbidden", text, { retryable: false, status: 403, cause: error });
}

function toRule({ resource, verbs }: Right): string {
  return `{apiGroups: ["${RECORD_GROUP}"], resources: ["${resource}"], verbs: ${JSON.stringify(verbs)}}`;
}
