import type { PipelineIssue } from "../../pipeline.ts";

export type Fault = { readonly message: string; readonly hint: string };

/** A fault of an action, with its place among the parameters. */
export type PlacedFault = Fault & { readonly at: PipelineIssue["path"] };
