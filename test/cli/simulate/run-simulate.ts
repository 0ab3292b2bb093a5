import { stripVTControlCharacters } from "node:util";
import { vi } from "vitest";
import { simulateCommand } from "../../../cli/simulate/command.ts";

type Printed = {
  /** What was printed, without colours: only terminals get them, and the text is the same. */
  readonly out: string;
  readonly raw: string;
  readonly err: string;
  readonly exitCode: number | string;
};

/** Runs `kubemend simulate` in this process. */
export async function runSimulate(...flags: readonly string[]): Promise<Printed> {
  const printed = { out: "", err: "" };
  const spies = [
    vi
      .spyOn(process.stdout, "write")
      .mockImplementation((chunk) => Boolean((printed.out += String(chunk)))),
    vi
      .spyOn(process.stderr, "write")
      .mockImplementation((chunk) => Boolean((printed.err += String(chunk)))),
  ];
  try {
    await simulateCommand()
      .exitOverride()
      .parseAsync([...flags], { from: "user" });
    const out = stripVTControlCharacters(printed.out);
    return { ...printed, raw: printed.out, out, exitCode: process.exitCode ?? 0 };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

/** The same with `--json`: what the lines say. */
export async function runSimulateJson(...flags: readonly string[]): Promise<{
  readonly exitCode: number | string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}> {
  const { out, exitCode } = await runSimulate("--json", ...flags);
  const records = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { exitCode, records };
}
