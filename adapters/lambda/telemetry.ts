import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

/** Structured log lines (JSON on stdout). Fields are identities and counts, never bodies of objects. */
export type FunctionLogger = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** A function's logs and metrics: lines on stdout, and nothing else. */
export type Telemetry = {
  readonly logger: FunctionLogger;
  /** Adds to a counter of this invocation. With dimensions it becomes a separate metric, in a separate line. */
  readonly count: (
    metric: string,
    value?: number,
    dimensions?: Readonly<Record<string, string>>,
  ) => void;
  /** Adds the invocation's id to the lines that follow. */
  readonly begin: (requestId: string) => void;
  /** Writes the counters of this invocation: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  readonly flush: () => void;
};

/** Namespace of all Kubemend metrics in CloudWatch. */
export const METRIC_NAMESPACE = "Kubemend";

/**
 * Logs and metrics under the function's name, which is the dimension `service` of the metrics. The deployment gives it one that
 * contains the stage, so that the stages of an account have metrics of their own.
 */
export function createTelemetry(name: string): Telemetry {
  // oxlint-disable-next-line node/no-process-env -- a setting of Powertools, which its classes read too unless they are given a name
  const serviceName = process.env["POWERTOOLS_SERVICE_NAME"] || name;
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName });
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
