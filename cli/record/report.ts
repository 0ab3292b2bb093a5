import { describeInterruption } from "../../relay/observe/describe-interruption.ts";
import type { Report } from "../../relay/observe/report.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { createStatusLine, type StatusStream } from "../terminal/status-line.ts";

export type RecordReport = Report & {
  readonly recorded: () => number;
  /** Erases the line with the count. */
  readonly clear: () => void;
};

/** Reports on stderr how a recording proceeds: which watches have started, what prevents them, and the number of changes. */
export function createRecordReport(deps: {
  readonly stream: StatusStream;
  readonly nowMs: () => number;
  /** What happens to the changes that are counted; default: they are recorded. */
  readonly counted?: string | undefined;
}): RecordReport {
  const { stream, nowMs, counted = "recorded" } = deps;
  const line = createStatusLine({ stream, nowMs, firstAfterMs: { terminal: 0, log: 0 } });
  const started = new Set<string>();
  const failures = new Map<string, string>();
  let recorded = 0;
  const print = (text: string): void => {
    line.clear();
    stream.write(`${toPrintable(text)}\n`);
  };
  return {
    recorded: () => recorded,
    clear: line.clear,
    step(watch, step) {
      const { key, name } = watch;
      if (step.type === "interrupted") {
        const { cause } = step.reaction;
        if (cause === "closed" || failures.get(key) === cause) return;
        failures.set(key, cause);
        print(describeInterruption(watch, step.ending));
      } else if (step.type === "snapshotEnded" || step.type === "resumed") {
        if (started.has(key) && !failures.has(key)) return;
        const where = watch.target.namespace === null ? "" : ` in ${watch.target.namespace}`;
        print(started.has(key) ? `${name}${where}: watching again` : `${name}${where}: watching`);
        started.add(key);
        failures.delete(key);
      }
    },
    accepted(entries) {
      recorded += entries.length;
      line.update(() => `${recorded.toLocaleString("en")} changes ${counted}`);
    },
    unsendable(entry, error) {
      print(`${entry.namespace}/${entry.name}: ${error.message}`);
    },
    unconfirmed(watch, change, { ending }) {
      const about = `${watch.name} ${change.namespace}/${change.name}`;
      const why = describeInterruption(watch, ending);
      print(`${about}: could not check whether it was deleted; will retry: ${why}`);
    },
    unanswerable(watch, { namespace, name, change }, { ending }) {
      const why = describeInterruption(watch, ending);
      print(
        `${watch.name} ${namespace}/${name}: ${counted} as ${change}, because nothing else is known: ${why}`,
      );
    },
    namespaceUnread(target, ending) {
      const { resource } = target.resource;
      print(describeInterruption({ key: resource, name: resource, target }, ending));
    },
    rolledBack() {},
    handoverGap() {},
    confirmed() {},
    // Writing to a file succeeds or ends the recording, and epochs matter only to the queue.
    sent() {},
    refused() {},
    epoch() {},
  };
}
