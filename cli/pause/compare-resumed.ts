import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Mirror } from "../../events/mirrors/mirror.ts";
import { ALL_GUARD } from "../../events/rule-guard.ts";
import { listMirrors, requestComparison } from "../records/request-comparisons.ts";

type Place = { readonly client: KubernetesClient; readonly namespace: string };

export type Resumed = {
  /** The names of the Mirrors whose objects are compared next. */
  readonly compared: readonly string[];
  /** The reason for which a comparison could not be requested. */
  readonly failure?: string;
};

/**
 * Requests comparisons of the rules that were resumed, as far as they mirror: a pause may have ended before the functions have noted it in the Mirror, and
 * nothing else would say that copies were changed meanwhile. The rule is resumed by then, so a failure is only reported.
 */
export async function compareResumed(
  rule: string,
  place: Place,
  signal: AbortSignal,
): Promise<Resumed> {
  const compared: string[] = [];
  try {
    const request = new Date().toISOString();
    for (const mirror of await listMirrors(place, signal)) {
      if (!isResumed(mirror, rule)) continue;
      await requestComparison(mirror, request, place.client, signal);
      compared.push(mirror.metadata.name);
    }
    return { compared };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubemendError)) throw error;
    return { compared, failure: error.message };
  }
}

function isResumed({ spec, status }: Mirror, rule: string): boolean {
  return status?.state !== "Obsolete" && (rule === ALL_GUARD || spec.rule === rule);
}

/** The sentences about it for people. */
export function describeResumed(rule: string, { compared, failure }: Resumed): readonly string[] {
  const begun = `All objects of ${compared.join(", ")} are compared with their copies within a minute or two.`;
  const of = rule === ALL_GUARD ? "RULE" : rule;
  const missed = `Whether the rule mirrors, or its comparison, could not be asked for (${failure ?? ""}): kubemend mirror compare ${of} has its copies compared.`;
  return [...(compared.length > 0 ? [begun] : []), ...(failure === undefined ? [] : [missed])];
}

/** Whether a Mirror names the rule. True if the user may not look. */
export async function hasMirror(rule: string, place: Place, signal: AbortSignal): Promise<boolean> {
  try {
    return (await listMirrors(place, signal)).some(({ spec }) => spec.rule === rule);
  } catch {
    signal.throwIfAborted();
    return true;
  }
}
