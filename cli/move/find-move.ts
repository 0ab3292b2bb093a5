import type { Move } from "../../events/moves/move.ts";
import type { MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { KubemendError } from "../../core/errors.ts";
import { suggestName } from "../../core/text/suggest.ts";

/** Finds a Move by its name. Throws NotFound, which names a similar Move or all that exist. */
export async function findMove(store: MoveStore, name: string, signal: AbortSignal): Promise<Move> {
  const found = await store.find(name, signal);
  if (found !== undefined) return found;
  const names = (await store.list(signal)).map(({ metadata }) => metadata.name);
  const near = suggestName(name, names);
  const hint =
    near === undefined ? `there are: ${names.join(", ") || "none"}` : `did you mean ${near}?`;
  throw new KubemendError("NotFound", `there is no Move ${name}; ${hint}`, { retryable: false });
}
