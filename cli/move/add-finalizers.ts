import { isMoveEnded, type Move } from "../../events/moves/move.ts";
import type { MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { KubemendError } from "../../core/errors.ts";
import { misuse } from "../terminal/misuse.ts";
import { OF_DELETION } from "../../core/move/finalizers.ts";

/** Adds finalizers to those that a Move takes off. Throws Refused if it has ended. */
export async function addFinalizers(
  store: Pick<MoveStore, "addFinalizers">,
  move: Move,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const own = finalizers.find((finalizer) => OF_DELETION.has(finalizer));
  if (own !== undefined) {
    throw misuse(
      `--remove-finalizer ${own}: only the garbage collector takes it off, because it still has to look after what the object owns`,
    );
  }
  const known = move.spec.removeFinalizers ?? [];
  if (finalizers.every((finalizer) => known.includes(finalizer))) return;
  if (isMoveEnded(move)) {
    const { name } = move.metadata;
    throw new KubemendError("Refused", `the Move ${name} has ended and takes no finalizers off`, {
      retryable: false,
    });
  }
  await store.addFinalizers(move, finalizers, signal);
}
