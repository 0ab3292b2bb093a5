import type { AlertMessage } from "../../../events/alert.ts";
import type { StepPreview } from "../../../core/preview/preview-step.ts";
import type { SimulatedAlert } from "./simulate-alert.ts";

/** A step, and the alert as its receivers would show it if it is one. */
export type SimulatedStep = StepPreview & { readonly alert?: SimulatedAlert | undefined };

/** The plan of remediate for a match, as far as it can be made without the cluster. */
export type SimulatedPlan = {
  /** The waits before it does anything, in sentences. */
  readonly waits: readonly string[];
  readonly steps: readonly SimulatedStep[];
  /** Why actions without steps have nothing to do. */
  readonly notes?: readonly string[] | undefined;
  /** Why it would do nothing. */
  readonly refusal?: { readonly code: string; readonly message: string } | undefined;
  /** Why the steps are not known, and the command that reads what is missing. */
  readonly missing?:
    | { readonly message: string; readonly command: string; readonly cluster?: string }
    | undefined;
  /** When the waits that have a time of their own are over (RFC 3339 ms); absent: at once. */
  readonly startsAt?: string | undefined;
  /** The messages of its alerts, one for each receiver. */
  readonly messages?: readonly AlertMessage[] | undefined;
};
