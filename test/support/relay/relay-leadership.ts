import { toDigest, type LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import type { Leadership } from "../../../relay/handover/leadership.ts";
import type { Term } from "../../../relay/lease/term.ts";
import { createNotifier } from "../../../relay/runtime/notifier.ts";

/** A checkpoint of the selection `s`. */
export function leaseCheckpoint(
  resourceVersion: string,
  fields: Partial<LeaseCheckpoint> = {},
): LeaseCheckpoint {
  return {
    resourceVersion,
    selection: toDigest("s"),
    initial: [],
    history: 0,
    namespaces: "",
    sent: [],
    ...fields,
  };
}

/** A shared leadership whose Lease has the content that a test sets, and that becomes leader when a test says so. */
export type FakeLeadership = {
  readonly leadership: Leadership;
  readonly setCheckpoint: (resourceVersion: string, fields?: Partial<LeaseCheckpoint>) => void;
  /** Begins a term; `rollback`: the Lease shows an etcd rollback. */
  readonly lead: (rollback?: boolean) => void;
  readonly loseTerm: () => void;
};

export function createFakeLeadership(
  options: { readonly raiseEpoch?: () => void; readonly checkpoint?: LeaseCheckpoint } = {},
): FakeLeadership {
  const changed = createNotifier();
  let term: (Term & { readonly end: () => void }) | undefined;
  let isRollback = false;
  let checkpoint = options.checkpoint;
  let publication: Parameters<Leadership["publish"]>[0] | undefined;
  const leadership: Leadership = {
    isShared: true,
    term: () => term,
    maySend: () => term !== undefined,
    checkpoint: () => checkpoint,
    predecessorCheckpoint: () => checkpoint,
    changed,
    takeRollback() {
      const taken = isRollback;
      isRollback = false;
      return taken;
    },
    raiseEpoch: async () => options.raiseEpoch?.(),
    publish(read) {
      publication = read;
    },
    // As in an election, the answer to the write arrives later.
    hurry: () =>
      void setImmediate(() => {
        publication?.().written();
        changed.notify();
      }),
  };
  return {
    leadership,
    setCheckpoint(resourceVersion, fields) {
      checkpoint = leaseCheckpoint(resourceVersion, fields);
    },
    lead(rollback = false) {
      if (term !== undefined) return;
      const ended = new AbortController();
      const expired = new AbortController().signal;
      term = { ended: ended.signal, expired, end: () => ended.abort() };
      isRollback = rollback;
      changed.notify();
    },
    loseTerm() {
      term?.end();
      term = undefined;
      changed.notify();
    },
  };
}
