import { describeInterruption } from "../../relay/observe/describe-interruption.ts";
import type { Report } from "../../relay/observe/report.ts";

const TERMINAL_PAUSE_MS = 200;
/** In a log, a line now and then is enough. */
const LOG_PAUSE_MS = 10_000;

export type RecordReport = Report & {
  readonly recorded: () => number;
  /** Takes the line of counts away. */
  readonly clear: () => void;
};

/** Tells on stderr how a recording goes: which watches have begun, what hinders them, and how much there is. */
export function createRecordReport(deps: {
  readonly stream: {
    readonly isTTY?: boolean | undefined;
    readonly write: (text: string) => unknown;
  };
  readonly nowMs: () => number;
}): RecordReport {
  const { stream, nowMs } = deps;
  const isTerminal = stream.isTTY === true;
  const begun = new Set<string>();
  const troubles = new Map<string, string>();
  let recorded = 0;
  let isDrawn = false;
  let dueAtMs = 0;
  const clear = (): void => {
    if (isDrawn) stream.write("\r\u001B[2K");
    isDrawn = false;
  };
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  const draw = (): void => {
    const now = nowMs();
    if (now < dueAtMs) return;
    dueAtMs = now + (isTerminal ? TERMINAL_PAUSE_MS : LOG_PAUSE_MS);
    const text = `${recorded.toLocaleString("en")} changes recorded`;
    stream.write(isTerminal ? `\r\u001B[2K${text}` : `${text}\n`);
    isDrawn = isTerminal;
  };
  return {
    recorded: () => recorded,
    clear,
    step(watch, step) {
      const { key, name } = watch;
      if (step.type === "interrupted") {
        const { cause } = step.reaction;
        if (cause === "closed" || troubles.get(key) === cause) return;
        troubles.set(key, cause);
        say(describeInterruption(watch, step.ending));
      } else if (step.type === "snapshotEnded" || step.type === "resumed") {
        if (begun.has(key) && !troubles.has(key)) return;
        const where = watch.target.namespace === null ? "" : ` in ${watch.target.namespace}`;
        say(begun.has(key) ? `${name}${where}: watched again` : `${name}${where}: watched`);
        begun.add(key);
        troubles.delete(key);
      }
    },
    accepted(entries) {
      recorded += entries.length;
      draw();
    },
    unsendable(entry, error) {
      say(`${entry.namespace}/${entry.name}: ${error.message}`);
    },
    unconfirmed(watch, change, error) {
      const about = `${watch.name} ${change.namespace}/${change.name}`;
      say(
        `${about}: whether it is gone cannot be asked now, so it is asked again: ${error.message}`,
      );
    },
    namespaceUnread(target, ending) {
      const { resource } = target.resource;
      say(describeInterruption({ key: resource, name: resource, target }, ending));
    },
    rolledBack() {},
    handoverGap() {},
    confirmed() {},
    // A file takes everything or ends the recording; epochs are the queue's matter.
    sent() {},
    refused() {},
    epoch() {},
  };
}
