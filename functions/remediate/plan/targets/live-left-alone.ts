import type { Executor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { isRemediation } from "../../../../core/actions/registry.ts";
import { findLeftAlone, type LeftAlone } from "../../../../core/decide/left-alone.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";

type Reader = {
  readonly executor: Pick<Executor, "readNamespace">;
  readonly signal: AbortSignal;
  /** The other cluster in which the object is. */
  readonly cluster?: string | undefined;
};

/** Why a rule leaves its trigger alone, by the live object and its namespace as it was a few seconds ago. */
export async function findLiveLeftAlone(
  { then, guards }: Pick<Rule, "then" | "guards">,
  object: object,
  namespace: string | null,
  reader: Reader,
): Promise<LeftAlone | undefined> {
  if (!isRemediation(then)) return undefined;
  return findObjectLeftAlone(guards.optIn, object, namespace, reader);
}

/** The same for any object. */
export async function findObjectLeftAlone(
  optIn: string | undefined,
  object: object | null,
  namespace: string | null,
  { executor, signal, cluster }: Reader,
): Promise<LeftAlone | undefined> {
  const place =
    namespace === null ? null : await executor.readNamespace(namespace, signal, cluster);
  return findLeftAlone(optIn, object, place);
}
