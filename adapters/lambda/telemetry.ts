import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

/** Structured log lines (JSON on stdout). Fields are identities and counts, never bodies of objects. */
export type FunctionLogger = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** A function's logs and metrics; nothing leaves the process but lines on stdout. */
export type Telemetry = {
  readonly logger: FunctionLogger;
  /** Adds to a count of this invocation. With dimensions it is a metric of its own, in a line of its own. */
  readonly count: (
    metric: string,
    value?: number,
    dimensions?: Readonly<Record<string, string>>,
  ) => void;
  /** Names the invocation in the lines that follow. */
  readonly begin: (requestId: string) => void;
  /** Writes the counts of this invocation: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  readonly flush: () => void;
};

/** Namespace of all of Kubemend's metrics in CloudWatch. */
export const METRIC_NAMESPACE = "Kubemend";

/** Logs and metrics under the function's name; metrics carry it as the dimension `service`. */
export function createTelemetry(name: string): Telemetry {
  const logger = new Logger({ serviceName: name });
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: name });
  const counts = new Map<string, number>();
  return {
    logger,
    count(metric, value = 1, dimensions) {
      if (dimensions === undefined) {
        counts.set(metric, (counts.get(metric) ?? 0) + value);
        return;
      }
      const single = metrics.singleMetric();
      single.addDimensions({ ...dimensions });
      single.addMetric(metric, "Count", value);
    },
    begin(requestId) {
      logger.resetKeys();
      logger.appendKeys({ requestId });
    },
    flush() {
      if (counts.size === 0) return;
      for (const [metric, value] of counts) metrics.addMetric(metric, "Count", value);
      counts.clear();
      metrics.publishStoredMetrics();
    },
  };
}
