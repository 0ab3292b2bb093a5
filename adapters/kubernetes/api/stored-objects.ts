import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../../events/contract.ts";
import { RECORD_API_VERSION } from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { readListPages, withKind, type ListSelection } from "./list-pages.ts";

/** A kind of Kubemend's own objects, without which something does not work. */
export type StoredKind<T> = {
  readonly kind: string;
  readonly schema: v.GenericSchema<unknown, T>;
  /** The message for a cluster that does not have the definition. */
  readonly uninstalled: string;
};

/** Reads an object as the API server sent it. Throws InvalidConfiguration, temporary, if this version cannot read it. */
export function readStored<T>({ kind, schema }: StoredKind<T>, body: unknown): T {
  const result = v.safeParse(schema, body, FIRST_ISSUE);
  if (result.success) return result.output;
  const message = `a ${kind} cannot be read: ${describeIssues(result.issues)}`;
  throw new KubemendError("InvalidConfiguration", message, { retryable: true });
}

/**
 * All objects of a collection; with `keep`, what it returns of each: others may store large objects, and many. Throws InvalidConfiguration,
 * temporary, if their definition is not installed.
 */
export async function listStored<T>(
  of: StoredKind<T>,
  { client, path }: { readonly client: KubernetesClient; readonly path: string },
  selection: ListSelection,
  signal: AbortSignal | undefined,
  keep: (object: T) => T | undefined = (object) => object,
): Promise<readonly T[]> {
  const head = { apiVersion: RECORD_API_VERSION, kind: of.kind };
  const objects: T[] = [];
  try {
    for await (const { items } of readListPages(client, path, selection, signal)) {
      for (const item of items) {
        const kept = keep(readStored(of, withKind(item, head)));
        if (kept !== undefined) objects.push(kept);
      }
    }
  } catch (error) {
    throw isKubemendError(error, "NotFound") ? toUninstalled(of, error) : error;
  }
  return objects;
}

export function toUninstalled<T>(
  { uninstalled }: StoredKind<T>,
  cause: KubemendError,
): KubemendError {
  return new KubemendError("InvalidConfiguration", uninstalled, { retryable: true, cause });
}
