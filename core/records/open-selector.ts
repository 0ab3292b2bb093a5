import { RECORD_PHASES } from "../../events/remediation.ts";
import { isEnded } from "./phase.ts";

/** Selects the records that have not ended, those without a status included: `status.phase` is a selectable field of the definition. */
export const OPEN_RECORDS: string = RECORD_PHASES.filter(isEnded)
  .map((phase) => `status.phase!=${phase}`)
  .join(",");
