import type { ListSelection } from "../../adapters/kubernetes/api/list-pages.ts";
import { isKubemendError } from "../../core/errors.ts";
import {
  OPEN_RECORDS,
  SHARD_LABEL,
  SHARDS,
  toShardName,
} from "../../core/records/select-records.ts";
import { createPass, runPass, type Pass, type PassDeps } from "./pass.ts";
import { createTally, type SweepReport } from "./tally.ts";

/** Up to this many records all of them are read in each run; beyond, only those that have not ended, and one part of the others. */
const SMALL_MAX = 5_000;
/** Reserved for tidying, however many records are due. */
const TIDY_MS = 15_000;
/** The API server keeps the state that a token of a page refers to for 5 minutes at least. */
const TOKEN_MAX_AGE_MS = 4 * 60_000;
const MINUTE_MS = 60_000;

/**
 * The state that runs of one process leave to the next: the passes that took more than one run. It is kept in the function's memory, because the
 * sweep then needs no right to write anything but records: a new process begins the pass again, which costs time and nothing else.
 */
export type SweepState = { open?: Pass | undefined; tidy?: Pass | undefined; isPlain?: boolean };

/** A run stops beginning pages at `deadlineMs` (ms since the epoch). */
export type SweepRun = { readonly deadlineMs: number; readonly signal: AbortSignal };

/**
 * Wakes records that no run continues, compacts old ones, and deletes one only if its retention has ended and its trigger is gone or its
 * episode superseded, so that deleting it cannot let the same episode run again. Reads page by page. No record stops it: one that cannot
 * be read or judged is left and counted. Repeatable; a record that somebody else has changed since is left for the next run.
 * Throws only if records cannot be listed.
 */
export async function sweep(
  deps: PassDeps,
  state: SweepState,
  run: SweepRun,
): Promise<SweepReport> {
  const tally = createTally();
  const { deadlineMs, signal } = run;
  if (await isSmall(deps, signal)) {
    await runPass(createPass({}, "all"), deps, { tally, stopMs: deadlineMs, signal });
    return tally.report();
  }
  const stopMs = deadlineMs - TIDY_MS;
  await sweepOpen(deps, state, { tally, stopMs, signal });
  await tidy(deps, state, { tally, stopMs: deadlineMs, signal });
  return tally.report();
}

type PassRun = Parameters<typeof runPass>[2];

/** Asks for one record: without a selector the API server says how many follow. */
async function isSmall({ pages }: PassDeps, signal: AbortSignal): Promise<boolean> {
  for await (const page of pages({ limit: 1 }, signal)) {
    return page.next === undefined || (page.remaining ?? SMALL_MAX) < SMALL_MAX;
  }
  return true;
}

/** Records that have not ended: from the beginning, or from where the last run had to stop. */
async function sweepOpen(deps: PassDeps, state: SweepState, run: PassRun): Promise<void> {
  const pass = takeFresh(state.open, deps.now()) ?? createPass(toOpenSelection(state), "open");
  state.open = undefined;
  try {
    state.open = (await runPass(pass, deps, run)) ? undefined : pass;
  } catch (error) {
    // Before Kubernetes 1.31, or with an older definition, the field cannot be selected: every record is read.
    if (state.isPlain === true || !isKubemendError(error, "Invalid")) throw error;
    state.isPlain = true;
    await sweepOpen(deps, state, run);
  }
}

function toOpenSelection({ isPlain }: SweepState): ListSelection {
  return isPlain === true ? {} : { fieldSelector: OPEN_RECORDS };
}

/** One part of all records a minute, by the clock: no run needs to know what another one has done. */
async function tidy(deps: PassDeps, state: SweepState, run: PassRun): Promise<void> {
  const begun = takeFresh(state.tidy, deps.now());
  state.tidy = undefined;
  if (begun !== undefined && !(await runPass(begun, deps, run))) {
    state.tidy = begun;
    return;
  }
  const part = Math.floor(deps.now() / MINUTE_MS) % (SHARDS + 1);
  // The last part is of records that lack the label.
  const labelSelector = part === SHARDS ? `!${SHARD_LABEL}` : `${SHARD_LABEL}=${toShardName(part)}`;
  const pass = createPass({ labelSelector }, "ended");
  if (!(await runPass(pass, deps, run))) state.tidy = pass;
}

function takeFresh(pass: Pass | undefined, nowMs: number): Pass | undefined {
  return pass !== undefined && nowMs - pass.begunMs < TOKEN_MAX_AGE_MS ? pass : undefined;
}
