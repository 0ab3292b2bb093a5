import type { AlertMessage } from "../../events/alert.ts";
import { parseLogRecord, toAlert } from "./function-log.ts";

const PROBLEMS_KEPT = 5;

/** Collects what the pipeline's parts log while they run: the alerts that notify delivered, and the latest problems. */
export type PipelineWatcher = {
  readonly alerts: readonly AlertMessage["data"][];
  /** The latest problems, oldest first. */
  readonly problems: readonly string[];
  readonly onFunctionLine: (name: string, line: string) => void;
  readonly onRelayLine: (line: string) => void;
  readonly onProblem: (problem: string) => void;
};

/** `onLine` receives every line, `onAlert` each alert as notify delivers it. */
export function createPipelineWatcher(
  listener: {
    readonly onLine?: (part: string, line: string) => void;
    readonly onAlert?: (alert: AlertMessage["data"]) => void;
  } = {},
): PipelineWatcher {
  const alerts: AlertMessage["data"][] = [];
  const problems: string[] = [];
  const onProblem = (problem: string): void => {
    if (problems.includes(problem)) return;
    problems.push(problem);
    if (problems.length > PROBLEMS_KEPT) problems.shift();
  };
  return {
    alerts,
    problems,
    onProblem,
    onFunctionLine(name, line) {
      listener.onLine?.(name, line);
      const record = parseLogRecord(line);
      const alert = record && name === "notify" ? toAlert(record) : undefined;
      if (alert) {
        alerts.push(alert);
        listener.onAlert?.(alert);
      } else if (record?.["level"] === "ERROR") onProblem(`${name}: ${String(record["message"])}`);
    },
    onRelayLine(line) {
      listener.onLine?.("relay", line);
      const record = parseLogRecord(line);
      // pino: 50 is error. https://getpino.io/#/docs/api?id=logger-level
      if (record === undefined) onProblem(`relay: ${line}`);
      else if (Number(record["level"]) >= 50 || record["level"] === "error") {
        onProblem(`relay: ${String(record["msg"])}`);
      }
    },
  };
}
