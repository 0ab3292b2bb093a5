import { RECORD_API_VERSION, RECORD_GROUP, RECORD_VERSION } from "../../../events/remediation.ts";
import {
  ALL_GUARD,
  GUARD_KIND,
  GUARD_LABEL,
  GUARD_RESOURCE,
  ruleGuardSchema,
  type RuleGuard,
} from "../../../events/rule-guard.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { ListSelection } from "../api/list-pages.ts";
import { toResourcePath } from "../api/path.ts";
import { listStored, readStored, type StoredKind } from "../api/stored-objects.ts";
import type { KubernetesClient } from "../http/client.ts";

/** The guard of a rule, and the one that pauses all rules; absent if it does not exist. */
export type GuardPair = {
  readonly own?: RuleGuard | undefined;
  readonly all?: RuleGuard | undefined;
};

export type GuardStore = {
  /** One request. A guard without its label is not found. */
  readonly read: (ruleId: string, signal: AbortSignal) => Promise<GuardPair>;
  /** The same, with the guard of the rule created if it does not exist. */
  readonly obtain: (
    ruleId: string,
    signal: AbortSignal,
  ) => Promise<GuardPair & { readonly own: RuleGuard }>;
  readonly list: (signal?: AbortSignal) => Promise<readonly RuleGuard[]>;
};

type Deps = { readonly client: KubernetesClient; readonly namespace: string };

const COLLECTION = { group: RECORD_GROUP, version: RECORD_VERSION, resource: GUARD_RESOURCE };
const HEAD = { apiVersion: RECORD_API_VERSION, kind: GUARD_KIND };
const GUARDS: StoredKind<RuleGuard> = {
  kind: GUARD_KIND,
  schema: ruleGuardSchema,
  uninstalled:
    "the cluster has no RuleGuards: apply infra/crds/ruleguards.yaml, without which no rule starts anything",
};

/**
 * RuleGuards in the cluster. Throws a KubemendError if the API server refuses a request, and InvalidConfiguration if the definition of
 * guards is not installed, or if one of them cannot be read: without its guard no rule starts anything.
 */
export function createGuardStore(deps: Deps): GuardStore {
  return {
    read: (ruleId, signal) => readPair(deps, ruleId, signal),
    async obtain(ruleId, signal) {
      const { own, all } = await readPair(deps, ruleId, signal);
      return { own: own ?? (await create(deps, ruleId, signal)), all };
    },
    list: (signal) => list(deps, {}, signal),
  };
}

/** API path of a guard. */
export function toGuardPath(guard: { readonly namespace: string; readonly name: string }): string {
  const { namespace, name } = guard;
  return toResourcePath({ ...COLLECTION, namespace, name });
}

async function readPair(deps: Deps, ruleId: string, signal: AbortSignal): Promise<GuardPair> {
  const names = [...new Set([ALL_GUARD, ruleId])].join(",");
  const found = await list(deps, { labelSelector: `${GUARD_LABEL} in (${names})` }, signal);
  return { own: findNamed(found, ruleId), all: findNamed(found, ALL_GUARD) };
}

function findNamed(guards: readonly RuleGuard[], name: string): RuleGuard | undefined {
  return guards.find(({ metadata }) => metadata.name === name);
}

function list(
  { client, namespace }: Deps,
  selection: ListSelection,
  signal: AbortSignal | undefined,
): Promise<readonly RuleGuard[]> {
  const path = toResourcePath({ ...COLLECTION, namespace });
  return listStored(GUARDS, { client, path }, selection, signal);
}

/** The guard that is created, or the one that has the name: one that lost its label is not in a list. */
async function create(
  { client, namespace }: Deps,
  name: string,
  signal: AbortSignal,
): Promise<RuleGuard> {
  const metadata = { name, namespace, labels: { [GUARD_LABEL]: name } };
  const body = { ...HEAD, metadata };
  const path = toResourcePath({ ...COLLECTION, namespace });
  try {
    return readStored(GUARDS, await client.request({ method: "POST", path, body, signal }));
  } catch (error) {
    if (!isKubemendError(error, "AlreadyExists")) throw error;
  }
  const existing = toGuardPath({ namespace, name });
  return readStored(GUARDS, await client.request({ method: "GET", path: existing, signal }));
}
