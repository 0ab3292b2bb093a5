import { expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { settle, type ProcessDeps } from "../../../../functions/remediate/message/settle.ts";
import { toRecord } from "../../../core/records/record.ts";

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const RUN = { holder: "me", deadlineMs: NOW_MS + 1000, signal: new AbortController().signal };
const ENDED = toRecord({ phase: "Succeeded", reason: "Remediated", message: "done" });
const DEFERRED = toRecord({
  phase: "Deferred",
  reason: "TargetHeld",
  message: "waits",
  wakeAt: "2026-03-01T10:01:00.000Z",
});

/** Settles the message of a record that this run has ended, beside one that waits for its target, and returns what happened in order. */
async function settleEnded(emit: () => void) {
  const happened: string[] = [];
  const deferred = { ...DEFERRED, metadata: { ...DEFERRED.metadata, name: "later", uid: "later" } };
  const unexpected = (): never => {
    throw new Error("must not be called");
  };
  const deps = {
    client: { request: async () => ({ items: [deferred] }) },
    records: { list: async () => [ENDED, deferred] },
    now: () => NOW_MS,
    onEnded: () => void happened.push("ended"),
    onEventRefused: (_record: unknown, error: Error) => void happened.push(error.message),
    sendWakeup: async () => void happened.push("woke the deferred record"),
    async emitOutcome() {
      emit();
      happened.push("emitted");
    },
    pipeline: { rules: [] },
    sendAlert: unexpected,
  } as unknown as ProcessDeps;
  const work = async () => ({ outcome: "ended", record: ENDED }) as const;
  const verdict = await settle("name", work, deps, RUN);
  return { verdict, happened };
}

function refuseWith(retryable: boolean): () => never {
  return () => {
    throw new KubemendError("Invalid", "the note is too long", { retryable });
  };
}

it("an Event that is refused is no verdict on a record that has ended: it is counted, and the message is done", async () => {
  const { verdict, happened } = await settleEnded(refuseWith(false));
  expect(verdict).toEqual({ outcome: "done" });
  expect(happened).toEqual(["ended", "woke the deferred record", "the note is too long"]);
});

it("an Event that may be accepted later is tried again, after the deferred records were woken", async () => {
  const { verdict, happened } = await settleEnded(refuseWith(true));
  expect(verdict).toMatchObject({ outcome: "retry" });
  expect(happened).toEqual(["ended", "woke the deferred record"]);
});
