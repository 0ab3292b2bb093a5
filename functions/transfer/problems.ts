import type { RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { MirrorSpec } from "../../events/mirrors/mirror.ts";
import type { Place, Refusal } from "../../core/mirror/manifest.ts";
import { MIRROR_KEY_PREFIX } from "../../core/records/select-records.ts";
import {
  awaitsAlert,
  toAlerted,
  toFailed,
  toMirrored,
  toProblemKey,
  toProblemName,
  toProblemSpec,
  type MirroredSubject,
} from "./problem-record.ts";
import { createOpenProblems, type OpenProblemsDeps } from "./problems-open.ts";
import { takeSample } from "./take-sample.ts";

/** The outcome for a record: `new` with the record of which nobody has been alerted yet. */
export type ProblemChange =
  | { readonly outcome: "new"; readonly record: RemediationRecord }
  | { readonly outcome: "known" | "ended" };

type Failure = Refusal & {
  /** Of the source, read live; undefined if there is none. */
  readonly uid: string | undefined;
  /** Whether the rule alerts about it. */
  readonly isAlerting: boolean;
};

export type Problems = {
  /**
   * Keeps the failure in a record of the object, rule and target. `known` if it says so already and the alerts were sent: until
   * `noteAlerted` has stored that, the same failure is `new`.
   */
  readonly report: (
    subject: MirroredSubject,
    failure: Failure,
    signal: AbortSignal,
  ) => Promise<ProblemChange>;
  /** Stores that the alerts about a record were sent, or why they can never be. */
  readonly noteAlerted: (
    record: RemediationRecord,
    failure: Refusal | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * Ends the records of failures at the object's place, if there are any: the place is as it is to be, whichever object had failed there.
   * `message` says why.
   */
  readonly end: (
    subject: MirroredSubject,
    message: string,
    signal: AbortSignal,
  ) => Promise<ProblemChange>;
  /** Ends the records of all failures of a rule in a target. */
  readonly endAll: (mirror: MirrorSpec, message: string, signal: AbortSignal) => Promise<void>;
  /** Objects of a rule with a record that is open for this target; of very many, others each time. */
  readonly findFailing: (mirror: MirrorSpec, signal: AbortSignal) => Promise<readonly Failing[]>;
};

/** An object as its record names it. */
type Failing = {
  readonly place: Place;
  readonly uid: string;
  readonly resourceVersion: string;
};

export type ProblemsDeps = OpenProblemsDeps & {
  readonly records: Pick<RecordStore, "obtain" | "read" | "saveStatus">;
};

const ATTEMPTS_MAX = 3;
/** Each costs a message and some requests at the end of a comparison. */
const FAILING_MAX = 1_000;
const KNOWN: ProblemChange = { outcome: "known" };

/** Failures that last, one record for each rule, object and target. */
export function createProblems(deps: ProblemsDeps): Problems {
  const open = createOpenProblems(deps);
  /** Open records of a rule in one target. */
  async function* readOf({ rule, target }: MirrorSpec, signal: AbortSignal) {
    for await (const record of open.read(rule, signal)) {
      if (record.spec.onceKey === `${MIRROR_KEY_PREFIX}${target}`) yield record;
    }
  }
  async function* readFailing(mirror: MirrorSpec, signal: AbortSignal): AsyncGenerator<Failing> {
    for await (const { spec } of readOf(mirror, signal)) {
      const { namespace, name, uid, resourceVersion } = spec.trigger;
      yield { place: { namespace, name }, uid, resourceVersion };
    }
  }
  /** The record of an object that is gone is the one that it had. */
  const findOfGone = async (subject: MirroredSubject, signal: AbortSignal) => {
    const key = toProblemKey(toProblemSpec(subject, undefined, 0));
    const [name] = await open.find(subject.rule.id, key, signal);
    return name === undefined ? undefined : deps.records.read(name, signal);
  };
  return {
    async report(subject, { uid, isAlerting, ...failure }, signal) {
      const spec = toProblemSpec(subject, uid, deps.now());
      const name = toProblemName(spec);
      const found = uid === undefined ? await findOfGone(subject, signal) : undefined;
      const record = found ?? (await deps.records.obtain(name, spec, signal));
      open.add(subject.rule.id, toProblemKey(spec), record.metadata.name);
      let isOther = false;
      const decide = (status: RecordStatus | undefined): RecordStatus | undefined => {
        const failed = toFailed(status, failure, { isAlerting, nowMs: deps.now() });
        isOther = failed !== undefined && failed.endedAt !== status?.endedAt;
        return failed;
      };
      const saved = await save(deps, record, decide, signal);
      if (saved === undefined) return KNOWN;
      if (!isOther && !awaitsAlert(saved.record.status)) return KNOWN;
      return { outcome: "new", record: saved.record };
    },
    async noteAlerted(record, failure, signal) {
      const { endedAt } = record.status ?? {};
      const decide = (status: RecordStatus | undefined): RecordStatus | undefined =>
        status?.endedAt === endedAt ? toAlerted(status, failure, deps.now()) : undefined;
      await save(deps, record, decide, signal);
    },
    async end(subject, message, signal) {
      let outcome: ProblemChange = KNOWN;
      const key = toProblemKey(toProblemSpec(subject, undefined, 0));
      for (const name of await open.find(subject.rule.id, key, signal)) {
        const record = await deps.records.read(name, signal);
        if (record !== undefined) {
          const decide = (status: RecordStatus | undefined): RecordStatus | undefined =>
            toMirrored(status, message, deps.now());
          if ((await save(deps, record, decide, signal))?.isNew) outcome = { outcome: "ended" };
        }
        open.remove(subject.rule.id, key, name);
      }
      return outcome;
    },
    async endAll(mirror, message, signal) {
      for await (const record of readOf(mirror, signal)) {
        const decide = (status: RecordStatus | undefined): RecordStatus | undefined =>
          toMirrored(status, message, deps.now());
        await save(deps, record, decide, signal);
      }
    },
    async findFailing(mirror, signal) {
      return takeSample(readFailing(mirror, signal), FAILING_MAX, Math.random);
    },
  };
}

/**
 * Saves what the decision makes of the newest status; one that says so already is left. Undefined if somebody else reports the same object
 * all the time.
 */
async function save(
  { records }: ProblemsDeps,
  found: RemediationRecord,
  decide: (status: RecordStatus | undefined) => RecordStatus | undefined,
  signal: AbortSignal,
): Promise<{ readonly record: RemediationRecord; readonly isNew: boolean } | undefined> {
  let record: RemediationRecord | undefined = found;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && record !== undefined; attempt += 1) {
    const status = decide(record.status);
    if (status === undefined) return { record, isNew: false };
    const saved = await records.saveStatus(record, status, signal);
    if (saved.outcome === "saved") return { record: saved.record, isNew: true };
    record = await records.read(record.metadata.name, signal);
  }
  return undefined;
}
