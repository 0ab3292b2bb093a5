import { parseArgs } from "node:util";
import { describeError } from "../core/errors.ts";
import { runRelay } from "./main.ts";

/** Runs the relay without the rest of the command line: `node relay/process.ts --config FILE --state-dir DIR`. */
const { values } = parseArgs({
  options: {
    config: { type: "string", default: "pipeline.yaml" },
    "state-dir": { type: "string", default: "./kubemend-state" },
    listen: { type: "string" },
    lease: { type: "string" },
  },
});
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());
try {
  const { config, listen, lease, "state-dir": stateDir } = values;
  await runRelay({ config, stateDir, listen, lease }, stop.signal);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
}
