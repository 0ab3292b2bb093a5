import type { Progress } from "./progress.ts";
import type { Table } from "./table.ts";

export type BenchOptions = {
  /** Of the snapshot and of an outage's backlog; of memory three sizes. */
  readonly objects: number | undefined;
  /** Times that each contender of a snapshot runs; the best counts. */
  readonly rounds: number;
  /** How long writers write at a rate. */
  readonly seconds: number;
};

export type BenchContext = {
  readonly options: BenchOptions;
  /** Of this run alone; gone after it. */
  readonly folder: string;
  readonly progress: Progress;
  /** A table as soon as it is known. */
  readonly show: (table: Table) => void;
};

/** One of the things that `npm run bench` measures; ratios are within one run. */
export type Bench = {
  readonly about: string;
  readonly run: (context: BenchContext) => Promise<void>;
};
