import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import type { LiveTrigger } from "./live-trigger.ts";

/** The input that the actions of one remediation share. */
export type ActionContext = {
  readonly record: RemediationRecord;
  readonly rule: Pick<Rule, "id" | "reach" | "whereTarget" | "giveUpAfterMs"> & {
    readonly guards?: Pick<Rule["guards"], "optIn"> | undefined;
  };
  readonly pipeline: Pick<Pipeline, "redact">;
  readonly live: LiveTrigger;
  readonly catalog: Catalog;
  readonly executor: Executor;
  /** RFC 3339 ms. */
  readonly now: string;
  /** Adds one to a metric. */
  readonly count?: ((metric: string) => void) | undefined;
};
