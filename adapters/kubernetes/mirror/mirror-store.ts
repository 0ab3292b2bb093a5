import {
  MIRROR_KIND,
  MIRROR_RESOURCE,
  mirrorSchema,
  readCompareRequest,
  toMirrorName,
  type Mirror,
  type MirrorSpec,
  type MirrorStatus,
} from "../../../events/mirrors/mirror.ts";
import { RECORD_API_VERSION, RECORD_GROUP, RECORD_VERSION } from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { changeStatus, type StatusDecision } from "../api/change-status.ts";
import { toResourcePath } from "../api/path.ts";
import { listStored, readStored, toUninstalled, type StoredKind } from "../api/stored-objects.ts";
import type { KubernetesClient } from "../http/client.ts";

export type MirrorStore = {
  /** The newest status; undefined if there is none yet. */
  readonly read: (spec: MirrorSpec, signal: AbortSignal) => Promise<MirrorStatus | undefined>;
  readonly list: (signal: AbortSignal) => Promise<readonly Mirror[]>;
  /**
   * Decides by the newest status and stores what was decided; the Mirror is created if there is none. `decide` may be called again if
   * somebody else writes in between. Throws `Conflict`, temporary, if that happens all the time.
   */
  readonly change: <Answer>(
    spec: MirrorSpec,
    decide: (
      status: MirrorStatus | undefined,
      /** The newest request for a comparison. */
      request: string | undefined,
    ) => StatusDecision<MirrorStatus, Answer>,
    signal: AbortSignal,
  ) => Promise<Answer>;
};

const COLLECTION = { group: RECORD_GROUP, version: RECORD_VERSION, resource: MIRROR_RESOURCE };
const HEAD = { apiVersion: RECORD_API_VERSION, kind: MIRROR_KIND };
const MIRRORS: StoredKind<Mirror> = {
  kind: MIRROR_KIND,
  schema: mirrorSchema,
  uninstalled:
    "the cluster has no Mirrors: apply infra/crds/mirrors.yaml, without which nothing is mirrored",
};

/**
 * Mirrors in the source cluster. Throws a KubemendError if the API server refuses a request, and InvalidConfiguration if their definition
 * is not installed, or if one of them cannot be read.
 */
export function createMirrorStore(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
}): MirrorStore {
  const { client, namespace } = deps;
  const toPath = (name?: string): string => toResourcePath({ ...COLLECTION, namespace, name });
  const find = async (spec: MirrorSpec, signal: AbortSignal): Promise<Mirror | undefined> => {
    try {
      const path = toPath(toMirrorName(spec));
      return readStored(MIRRORS, await client.request({ method: "GET", path, signal }));
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return undefined;
      throw error;
    }
  };
  const obtain = async (spec: MirrorSpec, signal: AbortSignal): Promise<Mirror> => {
    const found = await find(spec, signal);
    if (found !== undefined) return found;
    const body = { ...HEAD, metadata: { name: toMirrorName(spec), namespace }, spec };
    try {
      return readStored(
        MIRRORS,
        await client.request({ method: "POST", path: toPath(), body, signal }),
      );
    } catch (error) {
      if (isKubemendError(error, "NotFound")) throw toUninstalled(MIRRORS, error);
      const existing = isKubemendError(error, "AlreadyExists") && (await find(spec, signal));
      if (existing) return existing;
      throw error;
    }
  };
  return {
    read: async (spec, signal) => (await find(spec, signal))?.status,
    list: (signal) => listStored(MIRRORS, { client, path: toPath() }, {}, signal),
    async change(spec, decide, signal) {
      const changed = await changeStatus<Mirror, MirrorStatus, ReturnType<typeof decide>["answer"]>(
        {
          client,
          read: (ended) => obtain(spec, ended),
          toPath: ({ metadata }) => toPath(metadata.name),
          decide: ({ status, metadata }) => decide(status, readCompareRequest(metadata)),
        },
        signal,
      );
      if (changed.outcome !== "contended") return changed.answer;
      const message = `the Mirror ${toMirrorName(spec)} is written by others all the time`;
      throw new KubemendError("Conflict", message, { retryable: true });
    },
  };
}
