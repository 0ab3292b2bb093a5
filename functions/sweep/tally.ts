import { describeError } from "../../core/errors.ts";

/** How many records were read, and how many of them were woken, compacted, deleted or left. */
export type SweepReport = {
  readonly records: number;
  readonly woken: number;
  readonly compacted: number;
  readonly deleted: number;
  /** Records that could not be read or judged. */
  readonly left: number;
  /** Why, for the first few of them. */
  readonly problems: readonly string[];
};

export type Tally = {
  readonly add: (what: "records" | "woken" | "compacted" | "deleted", count?: number) => void;
  readonly leave: (name: string, reason: unknown) => void;
  readonly report: () => SweepReport;
};

const PROBLEMS_MAX = 10;

export function createTally(): Tally {
  const counts = { records: 0, woken: 0, compacted: 0, deleted: 0, left: 0 };
  const problems: string[] = [];
  return {
    add: (what, count = 1) => void (counts[what] += count),
    leave(name, reason) {
      counts.left += 1;
      if (problems.length < PROBLEMS_MAX) problems.push(`${name}: ${describeError(reason)}`);
    },
    report: () => ({ ...counts, problems }),
  };
}

/** The report on several clusters. */
export function addReports(reports: readonly SweepReport[]): SweepReport {
  const sum = (of: (report: SweepReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    records: sum(({ records }) => records),
    woken: sum(({ woken }) => woken),
    compacted: sum(({ compacted }) => compacted),
    deleted: sum(({ deleted }) => deleted),
    left: sum(({ left }) => left),
    problems: reports.flatMap(({ problems }) => problems).slice(0, PROBLEMS_MAX),
  };
}
