import type { Journal } from "../../adapters/journal/journal.ts";
import type { Leadership } from "../handover/leadership.ts";
import type { Predecessor } from "../handover/predecessor.ts";
import { ChangeBuffer, type BufferLimits } from "./buffer.ts";
import { Delivery, type DeliveryReport } from "./delivery.ts";
import { createRenderer, renewEpoch, type RenderedWatch } from "./render-message.ts";

/** Above either limit the relay stops reading: an outage of the queue costs this much memory, and no more. */
const BUFFER_LIMITS: BufferLimits = { maxObjects: 10_000, maxBytes: 64 * 1024 * 1024 };

export type CreateDeliveryDeps = {
  readonly watches: readonly (RenderedWatch & { readonly predecessor: Predecessor })[];
  readonly journal: Journal;
  readonly leadership: Leadership;
  readonly report: DeliveryReport;
  readonly checkpointMoved: (watch: string) => void;
};

/** The delivery of planned watches: their changes become CloudEvents, in a bounded buffer. */
export function createDelivery(deps: CreateDeliveryDeps): Delivery {
  const renderer = createRenderer(deps.watches, () => deps.journal.epoch());
  return new Delivery({ ...deps, buffer: new ChangeBuffer(BUFFER_LIMITS, renderer), renewEpoch });
}
