import type { Progress } from "./progress.ts";
import type { Table } from "./table.ts";

export type BenchOptions = {
  /** Number of objects in the benches of snapshot and backlog, and three sizes for memory. */
  readonly objects: number | undefined;
  /** How often each contender of a snapshot runs; the best run counts. */
  readonly rounds: number;
  /** How long writers write at one rate. */
  readonly seconds: number;
};

export type BenchContext = {
  readonly options: BenchOptions;
  /** Folder of this run, which is removed afterwards. */
  readonly folder: string;
  readonly progress: Progress;
  /** Prints a table as soon as it is complete. */
  readonly show: (table: Table) => void;
};

/** One of the measurements of `npm run bench`; ratios compare within one run. */
export type Bench = {
  readonly about: string;
  readonly run: (context: BenchContext) => Promise<void>;
};
