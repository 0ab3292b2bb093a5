import { expect, it } from "vitest";
import { createRouteAlert } from "../../../adapters/lambda/route-alerts.ts";
import { parseAlertMessage } from "../../../events/alert.ts";
import { toAlert } from "../../support/alert-message.ts";

const ALERT = toAlert({ to: "default" });
const route = [
  { when: { namespaceLabels: "team=data" }, to: ["data"], continue: true },
  { to: ["ops", "pager"], continue: false },
];

it("an alert is one message for each receiver, all with its id", async () => {
  const messages = await createRouteAlert({ route }, async () => ({ team: "data" }))(ALERT);
  expect(messages.map(({ data }) => data.to)).toEqual(["data", "ops", "pager"]);
  expect(new Set(messages.map(({ data }) => data.alertId)).size).toBe(1);
  for (const message of messages) {
    expect(parseAlertMessage(JSON.stringify(message)).outcome).toBe("parsed");
  }
});

it("if the labels of its namespace cannot be read, it is sent all the same, and says so", async () => {
  const messages = await createRouteAlert({ route }, async () => undefined)(ALERT);
  expect(messages.map(({ data }) => data.to)).toEqual(["ops", "pager"]);
  expect(messages[0]?.data.fields).toEqual([
    {
      name: "Routing",
      value: expect.stringContaining("namespace data could not be read") as string,
    },
  ]);
});

it("without routes nothing changes", async () => {
  expect(await createRouteAlert({}, async () => undefined)(ALERT)).toEqual([ALERT]);
});
