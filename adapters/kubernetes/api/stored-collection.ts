import { RECORD_API_VERSION, RECORD_GROUP, RECORD_VERSION } from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { changeStatus, type StatusDecision, type WithStatus } from "./change-status.ts";
import type { ListSelection } from "./list-pages.ts";
import { toResourcePath } from "./path.ts";
import { listStored, readStored, toUninstalled, type StoredKind } from "./stored-objects.ts";

/** The objects of one of Kubemend's own kinds, in the namespace of its records. */
export type StoredCollection<T extends WithStatus> = {
  readonly toPath: (name?: string) => string;
  readonly find: (name: string, signal: AbortSignal) => Promise<T | undefined>;
  /** With `keep`, what it returns of each. */
  readonly list: (
    selection: ListSelection,
    signal: AbortSignal,
    keep?: (object: T) => T | undefined,
  ) => Promise<readonly T[]>;
  /** Throws `AlreadyExists` if an object has the name, and InvalidConfiguration, temporary, if the definition is not installed. */
  readonly create: (made: MadeObject, signal: AbortSignal) => Promise<T>;
  /** The object, or a new one. */
  readonly obtain: (made: MadeObject, signal: AbortSignal) => Promise<T>;
  /**
   * Decides by the newest state of what `read` finds and stores the status that was decided. `decide` may be called again if somebody else
   * writes in between. Throws `Conflict`, temporary, if that happens all the time.
   */
  readonly changeStatus: <Status, Answer>(
    read: (signal: AbortSignal) => Promise<T>,
    decide: (object: T) => StatusDecision<Status, Answer>,
    signal: AbortSignal,
  ) => Promise<Answer>;
};

type MadeObject = {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: object;
};

/** Throws a KubemendError if the API server refuses a request, and InvalidConfiguration if an object cannot be read. */
export function createStoredCollection<T extends WithStatus>(
  of: StoredKind<T> & { readonly resource: string },
  { client, namespace }: { readonly client: KubernetesClient; readonly namespace: string },
): StoredCollection<T> {
  const address = { group: RECORD_GROUP, version: RECORD_VERSION, resource: of.resource };
  const toPath = (name?: string): string => toResourcePath({ ...address, namespace, name });
  const find = async (name: string, signal: AbortSignal): Promise<T | undefined> => {
    try {
      return readStored(of, await client.request({ method: "GET", path: toPath(name), signal }));
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return undefined;
      throw error;
    }
  };
  const create = async ({ metadata, spec }: MadeObject, signal: AbortSignal): Promise<T> => {
    const head = { apiVersion: RECORD_API_VERSION, kind: of.kind };
    const body = { ...head, metadata: { ...metadata, namespace }, spec };
    try {
      return readStored(of, await client.request({ method: "POST", path: toPath(), body, signal }));
    } catch (error) {
      throw isKubemendError(error, "NotFound") ? toUninstalled(of, error) : error;
    }
  };
  return {
    toPath,
    find,
    list: (selection, signal, keep) =>
      listStored(of, { client, path: toPath() }, selection, signal, keep),
    create,
    async obtain(made, signal) {
      const found = await find(made.metadata.name, signal);
      if (found !== undefined) return found;
      try {
        return await create(made, signal);
      } catch (error) {
        const isThere = isKubemendError(error, "AlreadyExists");
        const existing = isThere ? await find(made.metadata.name, signal) : undefined;
        if (existing !== undefined) return existing;
        throw error;
      }
    },
    async changeStatus<Status, Answer>(
      read: (ended: AbortSignal) => Promise<T>,
      decide: (object: T) => StatusDecision<Status, Answer>,
      signal: AbortSignal,
    ) {
      const changed = await changeStatus<T, Status, Answer>(
        { client, read, toPath: ({ metadata }) => toPath(metadata.name), decide },
        signal,
      );
      if (changed.outcome !== "contended") return changed.answer;
      const message = `the ${of.kind} ${changed.object.metadata.name} is written by others all the time`;
      throw new KubemendError("Conflict", message, { retryable: true });
    },
  };
}
