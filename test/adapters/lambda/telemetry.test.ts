import { describe, expect, it } from "vitest";
import { createTelemetry, type Telemetry } from "../../../adapters/lambda/telemetry.ts";
import { captureLines } from "./invocation.ts";

describe("createTelemetry", () => {
  /** The metrics that one invocation writes, a line each. */
  const run = async (
    telemetry: Telemetry,
    work: () => void,
  ): Promise<readonly Record<string, unknown>[]> => {
    const { lines } = await captureLines(async () => {
      work();
      telemetry.flush();
    });
    return lines.map((line) => {
      const { _aws, ...metrics } = line as Record<string, unknown>;
      return metrics;
    });
  };

  it("writes one line for a counter with dimensions, however often it is added to", async () => {
    const telemetry = createTelemetry("kubemend-transfer");
    const lines = await run(telemetry, () => {
      for (let message = 0; message < 3; message += 1) {
        telemetry.count("Mirrored", 1, { target: "backup-eu" });
        telemetry.count("Mirrored", 1, { target: "backup-us" });
        telemetry.count("Done");
      }
    });
    const service = "kubemend-transfer";
    expect(lines).toEqual([
      { service, target: "backup-eu", Mirrored: 3 },
      { service, target: "backup-us", Mirrored: 3 },
      { service, Done: 3 },
    ]);
  });

  it("writes nothing twice", async () => {
    const telemetry = createTelemetry("kubemend-transfer");
    await run(telemetry, () => telemetry.count("Drift", 1, { target: "backup-eu" }));
    expect(await run(telemetry, () => undefined)).toEqual([]);
  });
});
