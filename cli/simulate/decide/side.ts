import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { Assumed } from "../../../core/simulate/guard-run.ts";
import {
  createGuardSimulation,
  type GuardSimulation,
} from "../../../core/simulate/guard-simulation.ts";
import {
  createAlertSimulation,
  type AlertSimulation,
} from "../../../core/simulate/alert-simulation.ts";
import { createGuardTally, type GuardTally } from "../../../core/simulate/guard-tally.ts";
import {
  createRecordedFields,
  type RecordedFields,
} from "../../../core/simulate/recorded-fields.ts";
import { createTally, type Tally } from "../../../core/simulate/tally.ts";
import { ADMITTED_MAX } from "../../../functions/remediate/guards/waiting.ts";
import { createWatchRegister, type WatchRegister } from "./unbound.ts";

/** A pipeline, with the file name that the user gave. */
export type NamedPipeline = { readonly file: string; readonly pipeline: Pipeline };

/** One pipeline's part of a run. */
export type Side = NamedPipeline & {
  readonly tally: Tally;
  readonly watches: WatchRegister;
  readonly fields: RecordedFields;
  readonly guards: GuardSimulation;
  readonly guardTally: GuardTally;
  /** Of the rules that only alert. */
  readonly alerts: AlertSimulation;
};

export function createSide(named: NamedPipeline, assumed: Assumed): Side {
  const ids = named.pipeline.rules.map((rule) => rule.id);
  return {
    ...named,
    tally: createTally(ids),
    watches: createWatchRegister(named.pipeline),
    fields: createRecordedFields(),
    guards: createGuardSimulation({ assumed, look: { most: ADMITTED_MAX } }),
    guardTally: createGuardTally(),
    alerts: createAlertSimulation(),
  };
}
