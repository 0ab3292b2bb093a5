import { destination, type DestinationStream } from "pino";
import { describeError } from "../../core/errors.ts";

/**
 * Writes log lines to a file descriptor, synchronously. A line that cannot be written, as on a full disk, is lost, which is reported once
 * on stderr: that the log cannot be written is no reason to stop relaying. If its reader has closed it, lines are dropped silently.
 */
export function createLogStream(
  fd: number,
  report: (text: string) => void = (text) => void process.stderr.write(text),
): DestinationStream {
  let isReported = false;
  let isBroken = false;
  const open = (): DestinationStream => {
    const stream = destination({ fd, sync: true });
    stream.on("error", (error: unknown) => {
      isBroken = true;
      if (isReported) return;
      isReported = true;
      report(`kubemend: log lines cannot be written and are lost: ${describeError(error)}\n`);
    });
    return stream;
  };
  let stream = open();
  return {
    write(line) {
      // A stream that has failed once would only collect lines.
      if (isBroken) stream = open();
      isBroken = false;
      stream.write(line);
      if (!isBroken) isReported = false;
    },
  };
}
