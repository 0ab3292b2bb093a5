import type { SQSClient } from "@aws-sdk/client-sqs";
import { OUT_OF_TIME, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import { createReadNamespaceLabels } from "../../adapters/kubernetes/api/namespace-labels.ts";
import { createRouteAlert } from "../../adapters/lambda/route-alerts.ts";
import type { SqsBatchProcess } from "../../adapters/lambda/sqs-process.ts";
import { limitUnverifiedAlerts } from "../../adapters/lambda/unverified-alerts.ts";
import { NO_SIGNING_KEYS, type SigningKeys } from "../../adapters/signing/signing-keys.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import {
  openAlertGroups,
  type AlertGroups,
} from "../../adapters/alert-groups/open-alert-groups.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { decidePostponed, decideQuick, type PlacedDraft } from "./decide-batch.ts";
import type { DecideChangeDeps } from "./decide-change.ts";
import type { ReadClusterDeps } from "./read-cluster.ts";
import { routeDrafts } from "./route-drafts.ts";
import { sendDrafts } from "./send-drafts.ts";

export type NormalizeDeps = ReadClusterDeps & {
  readonly queues: SQSClient;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
  readonly transfersQueueUrl: string;
  /** Namespace of the groups of alerts; default `kubemend`. */
  readonly recordNamespace?: string | undefined;
  /** Verify changes, and sign requests and alerts; absent: nothing is signed. */
  readonly signingKeys?: SigningKeys | undefined;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** One verdict per message, in their order. Never throws. */
export type Normalize = SqsBatchProcess;

/** Reserved for sending what has been decided; a quarter of short times. */
const SEND_RESERVE_MS = 5_000;
/** No function runs longer: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LONGEST_MS = 900_000;

/**
 * Turns a batch of changes into requests, transfers and alerts, which are sent together; changes whose expressions take long come last,
 * after the others were sent, and not all in one batch (`decide-batch.ts`), so that no object delays another for long. Repeatable: the same
 * message gives the same ids, so a second delivery asks for the same records. A message that is malformed, or about another cluster, is
 * poison. For a newer contract, or if the API server or a queue is not available, the message is retried, as often as its sender can be
 * trusted (`bound-attempts.ts`), and so are the later ones of its group, for which nothing is sent.
 */
export function createNormalize(deps: NormalizeDeps): Normalize {
  const groups = openGroups(deps);
  const decideDeps: DecideChangeDeps = {
    ...deps,
    verify: createVerify(deps.signingKeys ?? NO_SIGNING_KEYS, "changes"),
    mayAlertUnverified: limitUnverifiedAlerts(() => Date.parse(deps.now())),
    alerted: new Set(),
    reported: new Set(),
  };
  const routeAlert = createRouteAlert(
    deps.pipeline,
    createReadNamespaceLabels({ client: deps.client, now: () => performance.now() }),
  );
  return async (records, context) => {
    const leftMs = Math.min(Math.max(0, context.deadlineMs - Date.now()), LONGEST_MS);
    const decideMs = leftMs - Math.min(SEND_RESERVE_MS, leftMs / 4);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(Math.floor(decideMs))]);
    const verdicts: MessageVerdict[] = [];
    const send = async (placed: readonly PlacedDraft[]): Promise<void> => {
      const drafts = placed.map(({ draft }) => draft);
      const routed = await routeDrafts(drafts, routeAlert, context.signal);
      const sent = await sendDrafts({ ...deps, sendAlerts: groups.send }, routed, context);
      for (const [at, { index }] of placed.entries()) verdicts[index] = sent[at] ?? OUT_OF_TIME;
    };
    const { drafts, postponed } = await decideQuick(decideDeps, records, { ...context, signal });
    await send(drafts);
    if (postponed.length > 0) await send(await decidePostponed(postponed, { ...context, signal }));
    return verdicts;
  };
}

function openGroups(deps: NormalizeDeps): AlertGroups {
  const { client, queues, signingKeys = NO_SIGNING_KEYS } = deps;
  const { recordNamespace = DEFAULT_RECORD_NAMESPACE } = deps;
  const now = (): number => Date.parse(deps.now());
  const sign = createSign(signingKeys, "alerts");
  return openAlertGroups({
    client,
    namespace: recordNamespace,
    queue: { client: queues, queueUrl: deps.alertsQueueUrl, sign },
    sendWakeup: createSendWakeup({ client: queues, queueUrl: deps.wakeupsQueueUrl, now }),
    now,
  });
}
