import { expect, it } from "vitest";
import { createRouteAlert } from "../../../adapters/lambda/route-alerts.ts";
import { createSendAlert } from "../../../functions/remediate/send-alert.ts";
import { createFakeQueues, toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { toAlert } from "../../support/alert-message.ts";

it("an alert of a record is one message for each receiver, whose names the record gets", async () => {
  const queues = createFakeQueues();
  const route = [{ when: { severity: ["error"] }, to: ["pager", "ops"], continue: false }] as const;
  const send = createSendAlert({
    client: queues.client,
    queueUrl: toQueueUrl("alerts"),
    routeAlert: createRouteAlert({ route }, async () => undefined),
  });
  expect(await send(toAlert({ to: "default" }))).toEqual(["pager", "ops"]);
  expect(await send(toAlert({ to: "default", problem: undefined }))).toEqual(["default"]);
  const sent = queues
    .sentTo("alerts")
    .map(({ MessageBody = "" }) => JSON.parse(MessageBody) as { data: { to: string } });
  expect(sent.map(({ data }) => data.to)).toEqual(["pager", "ops", "default"]);
});
