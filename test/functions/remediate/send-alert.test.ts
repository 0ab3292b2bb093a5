import { expect, it } from "vitest";
import { createRouteAlert } from "../../../adapters/lambda/route-alerts.ts";
import { createSendAlert } from "../../../adapters/alert-groups/send-alert.ts";
import { createGroupWorld } from "../../adapters/alert-groups/group-world.ts";
import { toAlert } from "../../support/alert-message.ts";

it("an alert of a record is one message for each receiver, whose names the record gets", async () => {
  const world = createGroupWorld();
  const route = [{ when: { severity: ["error"] }, to: ["pager", "ops"], continue: false }] as const;
  const routeAlert = createRouteAlert({ route }, async () => undefined);
  const send = createSendAlert({ routeAlert, send: world.start().send }, world.context);
  expect(await send(toAlert({ to: "default" }))).toEqual(["pager", "ops"]);
  expect(await send(toAlert({ to: "default", problem: undefined }))).toEqual(["default"]);
  expect(world.sent().map(({ to }) => to)).toEqual(["pager", "ops", "default"]);
});
