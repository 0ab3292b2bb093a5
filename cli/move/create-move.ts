import type { Move, MoveSpec } from "../../events/moves/move.ts";
import type { MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { isKubemendError, KubemendError, type ErrorCode } from "../../core/errors.ts";
import { withContexts, type Contexts } from "./with-contexts.ts";

/** Creates a Move. Throws AlreadyExists, with the command that continues the other one, or Forbidden, with the right that is missing. */
export async function createMove(
  store: Pick<MoveStore, "create">,
  { name, spec }: { readonly name: string; readonly spec: MoveSpec },
  contexts: Contexts,
  signal: AbortSignal,
): Promise<Move> {
  try {
    return await store.create(name, spec, signal);
  } catch (error) {
    const toError = (code: ErrorCode, text: string): KubemendError =>
      new KubemendError(code, withContexts(text, contexts), { retryable: false, cause: error });
    if (isKubemendError(error, "AlreadyExists")) {
      const text = `there is a Move ${name} already: continue it with: kubemend move --resume ${name}; see what it moves with: kubemend move --status ${name}; or begin another one with another --name`;
      throw toError("AlreadyExists", text);
    }
    if (isKubemendError(error, "Forbidden")) {
      const { from, recordNamespace } = contexts;
      const text = `this identity may not create moves.kubemend.dev in namespace ${recordNamespace} of ${from}: grant it there. The plan says what else is missing (--plan)`;
      throw toError("Forbidden", text);
    }
    throw error;
  }
}
