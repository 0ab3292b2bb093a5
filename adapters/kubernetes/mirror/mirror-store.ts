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
import type { StatusDecision } from "../api/change-status.ts";
import { createStoredCollection } from "../api/stored-collection.ts";
import type { StoredKind } from "../api/stored-objects.ts";
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

const MIRRORS: StoredKind<Mirror> & { readonly resource: string } = {
  kind: MIRROR_KIND,
  resource: MIRROR_RESOURCE,
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
  const mirrors = createStoredCollection(MIRRORS, deps);
  return {
    read: async (spec, signal) => (await mirrors.find(toMirrorName(spec), signal))?.status,
    list: (signal) => mirrors.list({}, signal),
    change: (spec, decide, signal) =>
      mirrors.changeStatus(
        (ended) => mirrors.obtain({ metadata: { name: toMirrorName(spec) }, spec }, ended),
        ({ status, metadata }) => decide(status, readCompareRequest(metadata)),
        signal,
      ),
  };
}
