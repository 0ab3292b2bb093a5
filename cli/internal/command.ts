import { once } from "node:events";
import { Command } from "commander";
import { startQueues } from "../../sandbox/queues/queues.ts";
import { toJsonLine } from "../terminal/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";

/** Processes that the sandbox starts for itself. Not for users, and not stable. */
export function internalCommand(): Command {
  return new Command("internal").addCommand(
    new Command("queues")
      .description("the sandbox's queues; prints their URLs as one JSON line")
      .option("--data-dir <dir>")
      .option("--port <port>", "", Number)
      .action(async (options: { dataDir?: string; port?: number }) => {
        const queues = await startQueues(options);
        const { endpoint, region, port, queues: urls } = queues;
        writeOutput(`${toJsonLine({ endpoint, region, port, queues: urls })}\n`);
        using stop = stopSignal();
        await once(stop.signal, "abort");
        await queues.stop();
      }),
  );
}
