import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createReadCredential } from "../../../adapters/receivers/credentials.ts";
import { deliver } from "../../../adapters/receivers/deliver.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import { startReceiver } from "../../support/receiver-server.ts";
import { anyAlert, listEdges } from "./alerts.ts";
import type { Service } from "./service.ts";
import { EVENT_BRIDGE } from "./services/event-bridge.ts";
import { PAGERDUTY } from "./services/pagerduty.ts";
import { SLACK_BOT, SLACK_WEBHOOK } from "./services/slack.ts";
import { SNS } from "./services/sns.ts";
import { TEAMS } from "./services/teams.ts";
import { WEBHOOK } from "./services/webhook.ts";

const SERVICES = [SLACK_BOT, SLACK_WEBHOOK, TEAMS, PAGERDUTY, WEBHOOK, SNS, EVENT_BRIDGE];
const NOW = Date.parse("2026-11-27T09:00:00.000Z");

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "key");
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
});

afterEach(() => vi.unstubAllEnvs());

/** Delivers alerts to the service on this machine, and gives what it would refuse, by alert. */
async function createDelivery(service: Service) {
  const server = await startReceiver((request) => service.accepted(request));
  vi.stubEnv("AWS_ENDPOINT_URL_SNS", server.url);
  vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", server.url);
  const now = () => NOW;
  const readVariable = () => service.toCredential(server.url);
  const deps = { readCredential: createReadCredential({ now, readVariable }), now };
  const receiver = service.toReceiver(server.url);
  return {
    async findFaults(alert: AlertMessage): Promise<readonly string[]> {
      const before = server.requests.length;
      await deliver(alert, receiver, deps, new AbortController().signal);
      const sent = server.requests.slice(before);
      return sent.length === 1 ? sent.flatMap(service.findFaults) : [`${sent.length} requests`];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe.each(SERVICES.map((service) => [service.name, service] as const))(
  "%s",
  (_name, service) => {
    it.each(listEdges())("takes %s", async (_what, alert) => {
      await using delivery = await createDelivery(service);
      expect(await delivery.findFaults(alert)).toEqual([]);
    });

    it("takes any alert of the contract", async () => {
      await using delivery = await createDelivery(service);
      await fc.assert(
        fc.asyncProperty(anyAlert, async (alert) => {
          expect(await delivery.findFaults(alert)).toEqual([]);
        }),
        { numRuns: 60 },
      );
    });
  },
);
