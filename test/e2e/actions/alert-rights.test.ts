import { afterAll, beforeAll, expect, it } from "vitest";
import { openAlertGroups } from "../../../adapters/alert-groups/open-alert-groups.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createFakeQueues, toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { alertOn } from "../../core/alerts/groups/group-scene.ts";
import { describeRight, listRights, withoutRight } from "../../support/actions/rights.ts";
import { toGrants } from "../../support/actions/to-grants.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import {
  startRemediationWorld,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

/** The rule of the world runs a Job again and sends an alert. */
const GRANTS = toGrants(toPipeline());
const RIGHTS = listRights(GRANTS).filter(({ resource }) => /alertgroups|silences/.test(resource));

let world: RemediationWorld;
let runs = 0;

beforeAll(async () => {
  world = await startRemediationWorld();
});

afterAll(async () => {
  await world?.stop();
});

/** Sends two alerts of one group: what was sent, and what the function counted and logged. */
async function sendTwo(client: KubernetesClient) {
  runs += 1;
  const queues = createFakeQueues();
  const said: string[] = [];
  const log = (...all: readonly unknown[]): void => void said.push(JSON.stringify(all));
  const telemetry = {
    logger: { debug: log, info: log, warn: log, error: log },
    count: (metric: string) => void said.push(metric),
  };
  const context: SendContext = { signal: new AbortController().signal, telemetry };
  // A process of its own for each: the second one has to read the group.
  const send = (alert: AlertMessage) =>
    openAlertGroups({
      client,
      namespace: "kubemend",
      queue: { client: queues.client, queueUrl: toQueueUrl("alerts") },
      sendWakeup: async () => undefined,
      now: Date.now,
    }).send([alert], context);
  const rule = { id: `rule-${runs}`, digest: "d" };
  const one = alertOn("one", { rule });
  const two = alertOn("two", { rule });
  const outcomes = [await send(one), await send(two)];
  return {
    said: said.join(" "),
    outcomes: outcomes.flat().map(({ outcome }) => outcome),
    sent: queues.sentTo("alerts").length,
  };
}

it("with its rights, alerts of one group are one message, and nothing is uncertain", async () => {
  const client = await connectWithGrants(world, "alerts-all", GRANTS);
  expect(await sendTwo(client)).toEqual({ said: "", outcomes: ["counted", "counted"], sent: 1 });
  await client.close();
});

it("the rights of an alert are those that are tried here", () => {
  expect(RIGHTS.map(describeRight)).toEqual([
    "create alertgroups.kubemend.dev",
    "get alertgroups.kubemend.dev",
    "update alertgroups.kubemend.dev",
    "list silences.kubemend.dev",
  ]);
});

it.each(RIGHTS.map((right) => ({ right, what: describeRight(right) })))(
  "without the right to $what no alert is lost, and the function says which right is missing",
  async ({ right }) => {
    const grants = withoutRight(GRANTS, right);
    const client = await connectWithGrants(world, `alerts-${right.verb}`, grants);
    const { said, outcomes, sent } = await sendTwo(client);
    await client.close();
    expect(outcomes).not.toContain("refused");
    expect(sent).toBeGreaterThanOrEqual(1);
    expect(said).toMatch(
      right.resource === "silences"
        ? /SilencesUnread/
        : new RegExp(
            `Alerts(Ungrouped|Uncertain) .*cannot ${right.verb} resource .{0,2}${right.resource}`,
          ),
    );
  },
);
