import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

/** Structured log lines (JSON on stdout). Fields are identities and counts, never bodies of objects. */
export type FunctionLogger = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** A function's logs and metrics: lines on stdout, and nothing else. */
export type Telemetry = {
  readonly logger: FunctionLogger;
  /** Adds to a counter of this invocation. With dimensions it is a metric of its own, which has a line of its own. */
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

/** A counter with dimensions. A batch of messages adds to it often, and each line is stored and paid for. */
type Dimensioned = {
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
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
  const dimensioned = new Map<string, Dimensioned>();
  return {
    logger,
    count(metric, value = 1, dimensions) {
      if (dimensions === undefined) {
        counts.set(metric, (counts.get(metric) ?? 0) + value);
        return;
      }
      const key = JSON.stringify([metric, Object.entries(dimensions)]);
      const before = dimensioned.get(key)?.value ?? 0;
      dimensioned.set(key, { metric, dimensions, value: before + value });
    },
    begin(requestId) {
      logger.resetKeys();
      logger.appendKeys({ requestId });
    },
    flush() {
      for (const { metric, dimensions, value } of dimensioned.values()) {
        const single = metrics.singleMetric();
        single.addDimensions({ ...dimensions });
        single.addMetric(metric, "Count", value);
      }
      dimensioned.clear();
      if (counts.size === 0) return;
      for (const [metric, value] of counts) metrics.addMetric(metric, "Count", value);
      counts.clear();
      metrics.publishStoredMetrics();
    },
  };
}
