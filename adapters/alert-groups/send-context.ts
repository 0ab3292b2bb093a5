import type { Telemetry } from "../lambda/telemetry.ts";

/** One invocation of a function. */
export type SendContext = {
  readonly signal: AbortSignal;
  readonly telemetry: Pick<Telemetry, "logger" | "count">;
};
