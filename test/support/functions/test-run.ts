import type { RemediationRequest } from "../../../events/request.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import type { Run } from "../../../functions/remediate/record/run.ts";

/** The time limit of a run; a claim is held for this time and half a minute longer. */
const RUN_MS = 30_000;
/** After this time the claim of an executor that has vanished is over. */
export const AFTER_HOLD_MS = 61_000;

let runs = 0;

/** A run of its own that begins now (ms since the epoch), of a message that was received before. */
export function toTestRun(nowMs: number): Run & { readonly isRepeated: true } {
  runs += 1;
  return {
    holder: `test/${runs}`,
    deadlineMs: nowMs + RUN_MS,
    signal: new AbortController().signal,
    isRepeated: true,
  };
}

/** Gives the function a request, in a run of its own. */
export function deliverRequest(
  request: RemediationRequest,
  deps: ProcessDeps,
  message: { readonly isRepeated?: boolean; readonly isSigned?: boolean } = {},
): Promise<MessageVerdict> {
  const run = { ...toTestRun(deps.now()), isRepeated: false, ...message };
  return processMessage(JSON.stringify(request), deps, run);
}
