import { readJson } from "../../events/json.ts";
import { readObject, type ReadObject } from "../../core/changes/read-object.ts";
import { wrapObject } from "../../core/changes/too-deep.ts";
import { isKubemendError } from "../../core/errors.ts";
import { isOfApiServer } from "../../adapters/kubernetes/http/errors.ts";
import { readBytes } from "../../adapters/kubernetes/http/json-body.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import { isPathSegment } from "../../events/address.ts";
import { toAnswered, toUnreachable } from "./answer.ts";
import type { Attempt } from "./ask-until-answered.ts";
import type { Ending } from "./ending.ts";
import type { WatchDeps, WatchTarget } from "./target.ts";

/** An object is far below: etcd accepts 1.5 MiB by default. */
const OBJECT_MAX_BYTES = 64 * 1024 * 1024;

/** The answer of the API server if a name could not be part of an address. */
const NO_ADDRESS: Ending = { type: "answered", verb: "get", status: 400, body: "no such address" };

/**
 * One object as it is now; `"absent"` if the API server does not have it. Always requested as JSON. Never throws: a name that cannot
 * be part of an address is a refusal.
 */
export async function getObject(
  deps: WatchDeps,
  target: WatchTarget,
  name: string,
  signal: AbortSignal,
): Promise<Attempt<ReadObject | "absent">> {
  if (!isPathSegment(name)) return { ending: NO_ADDRESS };
  const path = toResourcePath({ ...target.resource, namespace: target.namespace, name });
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(deps.times.watchdogMs)]);
  try {
    const answer = await deps.client.stream({ method: "GET", path, signal: bounded });
    if (answer.status !== 200) {
      const ending = await toAnswered(answer, "get");
      // The 404 of a proxy between says nothing about the object.
      const isAbsent = ending.type === "answered" && isNotFound(ending);
      return isAbsent ? { answer: "absent" } : { ending };
    }
    const bytes = await readBytes(answer.body, `GET ${path}`, OBJECT_MAX_BYTES);
    return parseObject(bytes.toString("utf8"), target);
  } catch (error) {
    if (isKubemendError(error, "Invalid")) return unreadable(error.message);
    return { ending: toUnreachable(error, signal) };
  }
}

function isNotFound({ status, body }: Extract<Ending, { type: "answered" }>): boolean {
  return status === 404 && isOfApiServer(body);
}

function parseObject(text: string, target: WatchTarget): Attempt<ReadObject> {
  const json = readJson(text);
  if (json.outcome === "refused") return unreadable(`an object that is ${json.reason}`);
  const value = json.isTooDeep === undefined ? json.value : wrapObject(json.value);
  const read = readObject(value, target.resource, target.projection);
  return read.ok ? { answer: read.value } : unreadable(read.error);
}

function unreadable(reason: string): { readonly ending: Ending } {
  return { ending: { type: "unreadable", reason } };
}
