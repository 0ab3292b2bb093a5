import type { PipelineIssue } from "../pipeline.ts";

/** A fault, and what is written at its place. */
export type Situation = {
  readonly issue: PipelineIssue;
  /** The last key of the path that is no position in a list: `where`, `resource`. */
  readonly key: string;
  /** Undefined if nothing is written there. */
  readonly value: unknown;
};

/** A better message or hint; undefined if the adviser does not know the situation. */
export type Advice = { readonly message?: string; readonly hint: string } | undefined;
