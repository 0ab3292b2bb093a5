import { expect, it } from "vitest";
import { readRelayConfig, type RelayOptions } from "../../relay/config.ts";

const options: RelayOptions = { config: "pipeline.yaml", stateDir: "state", lease: "off" };
const AWS_QUEUE = "https://sqs.eu-west-1.amazonaws.com/123/changes.fifo";
const environment = { KUBEMEND_CHANGES_QUEUE_URL: AWS_QUEUE };

const refusal = (message: RegExp) =>
  expect.objectContaining({
    code: "InvalidConfiguration",
    retryable: false,
    message: expect.stringMatching(message),
  });

it("has the times of client-go if nothing is set, and cannot be modified", () => {
  const config = readRelayConfig(options, environment);
  expect(config).toMatchObject({ backoffMinMs: 800, backoffMaxMs: 30_000, listen: undefined });
  expect(Object.isFrozen(config)).toBe(true);
});

it("reads the variables, and an address of any family", () => {
  const config = readRelayConfig(
    { ...options, listen: "[::1]:8080" },
    { ...environment, KUBEMEND_WATCHDOG_MS: "1234", KUBECONFIG: "/a/kubeconfig" },
  );
  expect(config).toMatchObject({
    watchdogMs: 1234,
    kubeconfig: "/a/kubeconfig",
    listen: { host: "::1", port: 8080 },
  });
});

it.each([
  [/KUBEMEND_CHANGES_QUEUE_URL is missing: it is the URL/, {}, {}],
  [/KUBEMEND_CHANGES_QUEUE_URL is no URL/, {}, { KUBEMEND_CHANGES_QUEUE_URL: "changes.fifo" }],
  [/KUBEMEND_WATCHDOG_MS.*milliseconds/, {}, { ...environment, KUBEMEND_WATCHDOG_MS: "5s" }],
  [/KUBEMEND_BACKOFF_MIN_MS is above/, {}, { ...environment, KUBEMEND_BACKOFF_MIN_MS: "60000" }],
  [/--listen.*HOST:PORT/, { listen: "8080" }, environment],
  [/--stateDir|--state-dir/, { stateDir: "" }, environment],
  [/--lease.*NAMESPACE\/NAME, or off/, { lease: "kubemend" }, environment],
  [/--lease.*NAMESPACE\/NAME, or off/, { lease: "kubemend/a/b" }, environment],
  [/whole seconds/, {}, { ...environment, KUBEMEND_LEASE_DURATION_MS: "9500" }],
  [
    /KUBEMEND_LEASE_RENEW_DEADLINE_MS, and that below/,
    {},
    { ...environment, KUBEMEND_LEASE_RENEW_DEADLINE_MS: "9000" },
  ],
  [
    /--lease is missing: .* names the pod's namespace/,
    { lease: undefined },
    { ...environment, KUBERNETES_SERVICE_HOST: "10.0.0.1" },
  ],
])("says %s", (message, changes, variables) => {
  expect(() => readRelayConfig({ ...options, ...changes }, variables)).toThrow(refusal(message));
});

it("uses the configured Lease, with the documented times", () => {
  const config = readRelayConfig({ ...options, lease: "kubemend/relay" }, environment);
  expect(config.lease).toEqual({ namespace: "kubemend", name: "relay" });
  const leaseTimes = { durationMs: 9_000, renewDeadlineMs: 6_000, retryMs: 1_500 };
  expect(config.leaseTimes).toEqual(leaseTimes);
});

it("is the only relay if so configured, or if it runs outside a pod and nothing is configured", () => {
  expect(readRelayConfig(options, environment).lease).toBeUndefined();
  expect(readRelayConfig({ ...options, lease: undefined }, environment).lease).toBeUndefined();
});

it("uses the queue's own address as endpoint if it is not AWS's and no variable sets one", () => {
  const local = { KUBEMEND_CHANGES_QUEUE_URL: "http://127.0.0.1:4566/000000000000/changes.fifo" };
  expect(readRelayConfig(options, local).queueEndpoint).toBe("http://127.0.0.1:4566");
  expect(readRelayConfig(options, environment).queueEndpoint).toBeUndefined();
  const named = { ...local, AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1" };
  expect(readRelayConfig(options, named).queueEndpoint).toBeUndefined();
});
