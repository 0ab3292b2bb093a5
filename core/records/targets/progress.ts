import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../../events/contract.ts";
import type { RecordStatus, RecordStep } from "../../../events/remediation.ts";
import type { EffectCheck } from "../../actions/contract/action.ts";
import type { SingleOperation } from "../../operations/operation.ts";
import { writeOperationsSchema } from "../../operations/operation-schema.ts";
import { ok, refuse, type Result } from "../../result.ts";
import { limitMessage } from "../../text/limit-message.ts";
import { progressSchema } from "./progress-schema.ts";

/** The place of a target: the number of its collection, and `namespace/name`. Targets are taken in this order. */
export type TargetPlace = { readonly collection: number; readonly key: string };

/** The namespace of a target; empty for those of the cluster. */
export function toNamespace({ key }: TargetPlace): string {
  return key.slice(0, key.indexOf("/"));
}

/** A target of the current page. */
export type TargetEntry = {
  readonly at: TargetPlace;
  /** `Pod shop/web-1`. */
  readonly object: string;
  readonly state: "planned" | "waiting" | "done" | "failed";
  /** The next thing to do to it: its write or, after that, its verification. Absent: it could not be planned yet. */
  readonly operation?: SingleOperation;
  /** Of a target whose operation is planned again, because nothing was done to it: another object of its name is none. */
  readonly uid?: string;
  /** How its write shows its effect. */
  readonly check?: EffectCheck;
  /** RFC 3339 ms. */
  readonly startedAt?: string;
  /** A waiting target is not looked at before this. */
  readonly until?: string;
  readonly code?: string;
  readonly message?: string;
};

/** A target that failed, and why. */
export type TargetFailure = {
  readonly object: string;
  readonly code: string;
  readonly message: string;
};

/** What is known of targets that came after others had been acted upon. */
export type TargetReturns = {
  /** When it is looked again whether there are targets. RFC 3339 ms; absent: not before the ones of now have ended. */
  readonly lookAt?: string;
  /** How often there were some. */
  readonly rounds: number;
  /** How often there were some in each namespace. */
  readonly namespaces: Readonly<Record<string, number>>;
};

/**
 * How far a fan-out is. Each target of the page has its own outcome; of the pages before only the numbers are left, and the first ones that
 * failed. So a record is bounded, however many targets there are.
 */
export type TargetProgress = {
  /** The last target that was taken into a page; those after it follow. */
  readonly after?: TargetPlace;
  /** The same for each namespace that was passed over, so that it does not hold the others; its place counts instead of `after`. */
  readonly behind?: readonly TargetPlace[];
  /** All targets have been taken. */
  readonly complete?: true;
  /** Targets that were left alone, because there are more than the rule allows. */
  readonly beyond?: number;
  readonly done: number;
  /** They were already as they should be. */
  readonly unchanged: number;
  readonly failed: number;
  /** Of the failed ones, those that were never acted upon, because they cannot be judged. */
  readonly refused?: number;
  readonly failures: readonly TargetFailure[];
  readonly page: readonly TargetEntry[];
  /** Whether targets come back, if the fan-out continues until none is left. */
  readonly returns?: TargetReturns;
};

export const FAILURES_SHOWN = 20;
const MESSAGE_MAX_LENGTH = 300;
const MESSAGES_SHOWN = 5;

/** A fan-out that has not begun. */
export const NO_PROGRESS: TargetProgress = {
  done: 0,
  unchanged: 0,
  failed: 0,
  failures: [],
  page: [],
};

/** Reads the progress that is stored in a step; the error says what is wrong with it. */
export function parseTargetProgress({ targets }: RecordStep): Result<TargetProgress, string> {
  if (targets === undefined) return ok(NO_PROGRESS);
  const result = v.safeParse(progressSchema, targets, FIRST_ISSUE);
  if (!result.success) return refuse(describeIssues(result.issues));
  const progress = result.output as TargetProgress;
  const operations = progress.page.flatMap(({ operation }) => operation ?? []);
  const read = v.safeParse(writeOperationsSchema, operations, FIRST_ISSUE);
  return read.success ? ok(progress) : refuse(describeIssues(read.issues));
}

/** The status with this progress in one of its steps. */
export function withTargets(
  status: RecordStatus,
  index: number,
  targets: TargetProgress,
): RecordStatus {
  const steps = (status.steps ?? []).map((step, at) =>
    at === index ? { ...step, targets } : step,
  );
  return { ...status, steps };
}

/** The progress with a target that failed. */
export function withFailure(progress: TargetProgress, failure: TargetFailure): TargetProgress {
  const { message } = failure;
  const isLong = message.length > MESSAGE_MAX_LENGTH;
  const short = isLong
    ? { ...failure, message: `${message.slice(0, MESSAGE_MAX_LENGTH)}…` }
    : failure;
  const failures = [...progress.failures, short].slice(0, FAILURES_SHOWN);
  return { ...progress, failed: progress.failed + 1, failures };
}

/** The progress with a target that is not acted upon. It has failed, and does not count as one of those that the rule allows. */
export function withRefused(progress: TargetProgress, failure: TargetFailure): TargetProgress {
  return { ...withFailure(progress, failure), refused: (progress.refused ?? 0) + 1 };
}

/** The progress with another state of an entry of its page. */
export function withEntry(
  progress: TargetProgress,
  index: number,
  entry: TargetEntry,
): TargetProgress {
  const { message } = entry;
  const short = message === undefined ? entry : { ...entry, message: limitMessage(message) };
  return { ...progress, page: progress.page.with(index, short) };
}

/**
 * The progress without the targets that have ended: they are only counted, and the first ones that failed are named. Of those that wait,
 * the first ones keep what they wait for.
 */
export function toCompact(progress: TargetProgress): TargetProgress {
  const unended = progress.page.filter(({ state }) => state === "planned" || state === "waiting");
  const page = unended.map((entry, index) => {
    const { message: _message, ...silent } = entry;
    return index < MESSAGES_SHOWN ? entry : silent;
  });
  let compact: TargetProgress = { ...progress, page };
  for (const { state, object, code = "Failed", message = "" } of progress.page) {
    if (state === "done") compact = { ...compact, done: compact.done + 1 };
    if (state === "failed") compact = withFailure(compact, { object, code, message });
  }
  return compact;
}

/**
 * Whether something may have been written to one of the targets of a step, also by a run that died before it could say so. A page is stored
 * before its first write, and an eviction that a budget forbids is none.
 */
export function mayHaveWritten(step: RecordStep): boolean {
  if (step.targets === undefined) return false;
  const progress = parseTargetProgress(step);
  if (!progress.ok) return true;
  const { done, failed, page } = progress.value;
  return (
    done + failed > 0 ||
    page.some(({ state, code }) => state !== "waiting" || code !== "DisruptionBudget")
  );
}

/** How many targets were taken to be acted upon, whatever became of them. */
export function countTaken({ done, unchanged, failed, refused = 0, page }: TargetProgress): number {
  return done + unchanged + failed - refused + page.length;
}
