import type { Miss } from "../check/checked.ts";
import type { DueJob } from "./job-writer.ts";

/** A Job that a remediation has made. */
export type MadeJob = {
  readonly name: string;
  /** The name of the record that made it. */
  readonly record: string;
};

export type MendingRecord = {
  readonly name: string;
  readonly triggerUid: string;
  readonly triggerName: string;
  readonly phase: string;
  readonly reason: string;
};

export type MendingState = {
  readonly due: readonly DueJob[];
  readonly made: readonly MadeJob[];
  readonly records: readonly MendingRecord[];
  /** The bodies of the messages in the dead-letter queues. */
  readonly deadLetters: readonly string[];
};

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Refused", "DryRun", "Expired"]);

/** Whatever somebody made on purpose has this in its name. */
export function isPoison(text: string): boolean {
  return text.includes("poison");
}

/**
 * Compares what the functions have made with the Jobs that have failed. Pure. Each is mended once, at most once if it is not known whether it
 * has failed; poison ends in its own record; and nothing else is a dead letter.
 */
export function checkMending({ due, made, records, deadLetters }: MendingState): readonly Miss[] {
  const misses: Miss[] = [];
  const byRecord = Map.groupBy(made, ({ record }) => record);
  const recordsByTrigger = Map.groupBy(records, ({ triggerUid }) => triggerUid);
  const madeFor = (uid: string): readonly MadeJob[] =>
    (recordsByTrigger.get(uid) ?? []).flatMap(({ name }) => byRecord.get(name) ?? []);
  for (const [uid, ofTrigger] of recordsByTrigger) {
    const names = madeFor(uid).map(({ name }) => name);
    if (names.length < 2) continue;
    const text = `${ofTrigger[0]?.triggerName ?? ""} (uid ${uid}) was mended by ${names.join(" and ")}`;
    misses.push({ rule: "remediated once", text });
  }
  for (const job of due) {
    const own = recordsByTrigger.get(job.uid) ?? [];
    const state = own.map(({ name, phase, reason }) => `${name}: ${phase} ${reason}`).join(", ");
    const isMended = own.some(({ phase }) => phase === "Succeeded") && madeFor(job.uid).length > 0;
    const isOver = own.some(({ phase }) => ENDED.has(phase));
    if (isPoison(job.name) ? isOver : isMended) continue;
    const text = `${job.namespace}/${job.name} (uid ${job.uid}) has failed; ${state === "" ? "there is no record" : state}`;
    misses.push({ rule: "remediation arrives", text });
  }
  for (const body of deadLetters) {
    if (isPoison(body)) continue;
    misses.push({ rule: "only poison fails", text: `a dead letter: ${body.slice(0, 300)}` });
  }
  return misses;
}
