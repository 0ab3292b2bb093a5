import { join } from "node:path";
import { parseArgs } from "node:util";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { playBreaks } from "./breaks.ts";
import { FAULT_NAMES, type FaultName } from "./faults/faults.ts";
import { playRounds } from "./rounds.ts";

/** `npm run test:chaos -- [--rounds N] [--seed S] [--faults N] [--script FILE] [--breaks [NAME]]`, see docs/decisions/0009-chaos.md. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "30" },
    seed: { type: "string" },
    faults: { type: "string", default: "8" },
    /** Comma-separated names of faults; only these are played. */
    only: { type: "string" },
    /** Command line of another tree, whose relay is tested instead. */
    script: { type: "string" },
    breaks: { type: "boolean", default: false },
    /** Objects that have left a selection do not return to it. */
    "no-returns": { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});
// Started processes end together with this one; folders are removed on exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const parseFaultNames = (text: string): readonly FaultName[] =>
  text.split(",").map((name) => {
    const found = FAULT_NAMES.find((known) => known === name);
    if (found === undefined)
      throw new Error(`--only ${name}: known faults are ${FAULT_NAMES.join(", ")}`);
    return found;
  });
const seed = values.seed ?? String(Date.now());
const script = values.script ?? join(findProjectRoot(), "dist", "kubemend.mjs");
const report = (text: string): void => console.log(text);
const passed = values.breaks
  ? await playBreaks({ seed, names: positionals, report })
  : await playRounds({
      script,
      seed,
      rounds: Number(values.rounds),
      faultCount: Number(values.faults),
      returns: !values["no-returns"],
      only: values.only === undefined ? undefined : parseFaultNames(values.only),
      report,
      detail: !values.quiet,
    });
process.exitCode = passed ? 0 : 1;
