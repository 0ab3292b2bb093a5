import * as v from "valibot";
import { FIRST_ISSUE } from "../../events/contract.ts";
import { RECORD_API_VERSION, RECORD_GROUP, RECORD_VERSION } from "../../events/remediation.ts";
import {
  SILENCE_KIND,
  SILENCE_RESOURCE,
  silenceSchema,
  type Silence,
} from "../../events/silence.ts";
import { isKubemendError } from "../../core/errors.ts";
import { readListPages, withKind } from "../kubernetes/api/list-pages.ts";
import { toResourcePath } from "../kubernetes/api/path.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";

const HEAD = { apiVersion: RECORD_API_VERSION, kind: SILENCE_KIND };

/** API path of a silence, or of all silences of a namespace. */
export function toSilencePath(address: {
  readonly namespace: string;
  readonly name?: string;
}): string {
  const collection = { group: RECORD_GROUP, version: RECORD_VERSION, resource: SILENCE_RESOURCE };
  return toResourcePath({ ...collection, ...address });
}

/** All silences of the namespace; one that this version cannot read is left out, so that it silences nothing. */
export async function listSilences(
  { client, namespace }: { readonly client: KubernetesClient; readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly Silence[]> {
  const silences: Silence[] = [];
  for await (const { items } of readListPages(client, toSilencePath({ namespace }), {}, signal)) {
    for (const item of items) {
      const result = v.safeParse(silenceSchema, withKind(item, HEAD), FIRST_ISSUE);
      if (result.success) silences.push(result.output);
    }
  }
  return silences;
}

/** The silences; undefined if they cannot be read now: then nothing is silenced. */
export type ReadSilences = (signal: AbortSignal) => Promise<readonly Silence[] | undefined>;

/** A silence takes effect within this time. */
const KEPT_MS = 10_000;
/** An alert does not wait longer to learn whether it is silenced. */
const LIST_MS = 2_000;

/**
 * Reads the silences at most every 10 s, once however many ask at the same time. A caller that asks early, without
 * waiting, saves a later alert the request. A cluster that does not know silences has none. Never throws.
 */
export function createReadSilences(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
  /** ms, of a clock that is never set back. */
  readonly now: () => number;
}): ReadSilences {
  let kept: { readonly atMs: number; readonly silences: ReturnType<ReadSilences> } | undefined;
  return (signal) => {
    if (kept === undefined || deps.now() - kept.atMs >= KEPT_MS) {
      kept = { atMs: deps.now(), silences: read(deps, signal) };
    }
    return kept.silences;
  };
}

async function read(
  deps: Parameters<typeof listSilences>[0],
  signal: AbortSignal,
): Promise<readonly Silence[] | undefined> {
  try {
    return await listSilences(deps, AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]));
  } catch (error) {
    return isKubemendError(error, "NotFound") ? [] : undefined;
  }
}
