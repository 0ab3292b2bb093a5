import type { StoredPause } from "../../../events/moves/move-steps.ts";
import { KubemendError } from "../../../core/errors.ts";
import { isPaused, toPausePatch } from "../../../core/move/pause-value.ts";
import type { CopyPlace, CopyState } from "../mirror/write-copy.ts";
import { patchExactly } from "./move-writes.ts";

/**
 * Pauses exactly the object that was read; false if it is gone or has changed. Throws UnknownField if the API server accepts the pause and
 * drops it, because objects of the resource have no such field: the move would try for ever.
 */
export async function pauseExactly(
  place: CopyPlace,
  live: CopyState,
  pause: StoredPause,
): Promise<boolean> {
  const written = await patchExactly(place, live, toPausePatch(pause));
  if (written === undefined || isPaused(written, pause)) return written !== undefined;
  const message = `the API server has accepted the pause, and ${pause.field ?? pause.annotation ?? "its place"} is not set in its answer: such objects have no field of that name, or admission removes it`;
  throw new KubemendError("UnknownField", message, { retryable: false });
}
