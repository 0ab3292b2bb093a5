import type { RecordPage } from "../../adapters/kubernetes/remediation/record-pages.ts";
import type { ListSelection } from "../../adapters/kubernetes/api/list-pages.ts";
import { isKubemendError } from "../../core/errors.ts";
import { isOfMirror, RULE_LABEL } from "../../core/records/select-records.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import { toProblemKey } from "./problem-record.ts";

/** The open records of failures, by the target and the place that they are about. Many messages ask at once, mostly in vain. */
type OpenProblems = {
  /** Names of the open records of a rule with this key. */
  readonly find: (rule: string, key: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Notes that this process has opened a record. */
  readonly add: (rule: string, key: string, name: string) => void;
  /** Notes that this process has ended a record. */
  readonly remove: (rule: string, key: string, name: string) => void;
  /** Reads the open records of a rule, page by page. */
  readonly read: (rule: string, signal: AbortSignal) => AsyncGenerator<RemediationRecord>;
};

export type OpenProblemsDeps = {
  readonly pages: (selection: ListSelection, signal: AbortSignal) => AsyncGenerator<RecordPage>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** A failure that another process has reported is noticed with this delay, so that an object in sync costs no request. */
const OPEN_MS = 30_000;

/** Of a mirror's records, all but those that have ended well: a failure lasts. `status.phase` is a selectable field of the definition. */
const FAILING = "status.phase!=Succeeded";

/** Names by key. */
type Names = Map<string, Set<string>>;

type Known = { readonly names: Names; readonly untilMs: number };

/**
 * Lists the records of each rule at most once in a while, once for all callers in the meantime, and one rule after the other: a process
 * holds one page of records, however many messages it processes at once.
 */
export function createOpenProblems({ pages, now }: OpenProblemsDeps): OpenProblems {
  const known = new Map<string, Known>();
  const reading = new Map<string, { readonly done: Promise<Names>; readonly added: Names }>();
  let isPlain = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function* read(rule: string, signal: AbortSignal): AsyncGenerator<RemediationRecord> {
    const wasPlain = isPlain;
    const fields = wasPlain ? {} : { fieldSelector: FAILING };
    try {
      for await (const { records } of pages(
        { labelSelector: `${RULE_LABEL}=${rule}`, ...fields },
        signal,
      )) {
        for (const record of records) {
          if (isOfMirror(record.spec) && record.status?.phase !== "Succeeded") yield record;
        }
      }
    } catch (error) {
      // Before Kubernetes 1.31, or with an older definition, the field cannot be selected: every record is read.
      if (wasPlain || !isKubemendError(error, "Invalid")) throw error;
      isPlain = true;
      yield* read(rule, signal);
    }
  }

  const list = async (rule: string, signal: AbortSignal): Promise<Names> => {
    const names: Names = new Map();
    for await (const { metadata, spec } of read(rule, signal)) {
      put(names, toProblemKey(spec), metadata.name);
    }
    return names;
  };

  const begin = async (rule: string, added: Names, signal: AbortSignal): Promise<Names> => {
    const listed = turn.then(() => list(rule, signal));
    turn = listed.catch(() => undefined);
    try {
      const names = await listed;
      // The list may be older than what this process has opened while it was read.
      for (const [key, more] of added) for (const name of more) put(names, key, name);
      known.set(rule, { names, untilMs: now() + OPEN_MS });
      return names;
    } finally {
      reading.delete(rule);
    }
  };

  const obtain = (rule: string, signal: AbortSignal): Promise<Names> => {
    const fresh = known.get(rule);
    if (fresh !== undefined && now() < fresh.untilMs) return Promise.resolve(fresh.names);
    const shared = reading.get(rule);
    if (shared !== undefined) return shared.done;
    const added: Names = new Map();
    const done = begin(rule, added, signal);
    reading.set(rule, { done, added });
    return done;
  };

  return {
    read,
    find: async (rule, key, signal) => [...((await obtain(rule, signal)).get(key) ?? [])],
    add(rule, key, name) {
      for (const names of [known.get(rule)?.names, reading.get(rule)?.added]) {
        if (names !== undefined) put(names, key, name);
      }
    },
    remove: (rule, key, name) => void known.get(rule)?.names.get(key)?.delete(name),
  };
}

function put(names: Names, key: string, name: string): void {
  const some = names.get(key) ?? new Set();
  names.set(key, some.add(name));
}
