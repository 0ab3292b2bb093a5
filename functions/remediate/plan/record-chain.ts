import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { isManual } from "../../../core/decide/check-request.ts";
import { mergeChains, NO_CHAIN, type Chain } from "../../../core/operations/loops/chain.ts";
import {
  CONTROLLER_LABEL,
  TARGET_LABEL,
  toController,
  toTarget,
} from "../../../core/records/select-records.ts";
import { toRecordChain } from "../../../core/records/stages/record-chain.ts";

/**
 * The chain that led to the trigger, by the records of earlier remediations: for rules whose writes carry no annotations. A person begins
 * a chain.
 */
export async function readRecordChain(
  record: RemediationRecord,
  trigger: KubernetesObject,
  deps: { readonly client: KubernetesClient; readonly now: string },
  signal: AbortSignal,
): Promise<Chain> {
  if (isManual(record)) return NO_CHAIN;
  const { client, now } = deps;
  const { namespace } = record.metadata;
  const controller = toController(record.spec);
  const labelSelector =
    controller === undefined
      ? `${TARGET_LABEL}=${toTarget(record.spec)}`
      : `${CONTROLLER_LABEL}=${controller}`;
  let chain = NO_CHAIN;
  for await (const page of readRecordPages({ client, namespace }, { labelSelector }, signal)) {
    chain = mergeChains(chain, toRecordChain(record, trigger, page.records, now));
  }
  return chain;
}
