import { describe, expect, it } from "vitest";
import { readConfig } from "../../../functions/remediate/config.ts";

const ENVIRONMENT = {
  KUBECONFIG: "/etc/kubeconfig",
  KUBEMEND_ALERTS_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/alerts",
  KUBEMEND_WAKEUPS_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/wakeups",
  KUBEMEND_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:9324/0/dead.fifo",
  KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:9324/0/dead",
};

describe("the settings of remediate", () => {
  it("have defaults for optional variables", () => {
    const { KUBECONFIG: path, ...others } = ENVIRONMENT;
    expect(readConfig({ ...ENVIRONMENT, PATH: "/bin" })).toEqual({
      ...others,
      KUBEMEND_CLUSTER_ACCESS: { type: "kubeconfig", path },
      KUBEMEND_PIPELINE: expect.stringMatching(/pipeline\.json$/),
      KUBEMEND_RECORD_NAMESPACE: "kubemend",
      KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: 900,
    });
  });

  it.each(["-kubemend", "kubemend-", "kubemend/other", "a\nb"])(
    "refuse %j as the namespace of the records",
    (namespace) => {
      expect(() => readConfig({ ...ENVIRONMENT, KUBEMEND_RECORD_NAMESPACE: namespace })).toThrow(
        /RECORD_NAMESPACE/u,
      );
    },
  );

  it("name each variable that is missing or invalid", () => {
    expect(() =>
      readConfig({
        KUBEMEND_ALERTS_QUEUE_URL: "alerts",
        KUBEMEND_DEAD_LETTER_QUEUE_URL: "",
        KUBEMEND_RECORD_NAMESPACE: "Not/A/Name",
        KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: "1.5",
      }),
    ).toThrow(
      /KUBEMEND_CLUSTER_ACCESS is not set.*ALERTS_QUEUE_URL: expected.*DEAD_LETTER_QUEUE_URL is not set.*RECORD_NAMESPACE: expected.*RETRY_BACKOFF_MAX_SECONDS: expected whole/,
    );
  });
});
