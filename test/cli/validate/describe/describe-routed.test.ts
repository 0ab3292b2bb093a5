import { expect, test } from "vitest";
import { describeCredentials } from "../../../../cli/validate/describe/describe-credentials.ts";
import { describeRouted } from "../../../../cli/validate/describe/describe-routed.ts";
import type { Route } from "../../../../core/pipeline/route.ts";
import { toReceivers, type ReceiverDocument } from "../../../../core/receivers/receivers-schema.ts";

const route = (to: string, when?: Route["when"], asksNext = false): Route => ({
  to: [to],
  continue: asksNext,
  ...(when === undefined ? {} : { when }),
});

const routed = (routes: readonly Route[]): string =>
  describeRouted({ receivers: [], route: routes }, "rerun");

test.each<[string, readonly Route[]]>([
  ["default", []],
  ["ops", [route("ops")]],
  ["ops", [route("ops", { rule: ["rerun"] }), route("others")]],
  ["others", [route("ops", { rule: ["another"] }), route("others")]],
  ["pager or ops, as the routes say", [route("pager", { severity: ["critical"] }), route("ops")]],
  ["pager or default, as the routes say", [route("pager", { severity: ["critical"] })]],
  ["all or ops, as the routes say", [route("all", undefined, true), route("ops")]],
])("alerts that name no receiver go to %s", (text, routes) => {
  expect(routed(routes)).toBe(text);
});

test("without receivers they are lines of a log", () => {
  expect(describeRouted({}, "rerun")).toBe("the log of notify");
});

const describeWritten = (written: ReceiverDocument): string => {
  const [receiver] = toReceivers({ ops: written });
  return receiver === undefined ? "" : describeCredentials(receiver);
};

const token = { secret: "kubemend/slack" };

test("it says to which host a credential is sent", () => {
  expect(describeWritten({ slack: { channel: "#ops", token } })).toBe(
    ", sends the token in the secret kubemend/slack to slack.com",
  );
  expect(describeWritten({ pagerduty: { routingKey: { parameter: "/pd" } } })).toBe(
    ", sends the routing key in the parameter /pd to events.pagerduty.com",
  );
});

test("it points out an api that is not the service's own", () => {
  const api = "https://slack.example.com/api";
  expect(describeWritten({ slack: { channel: "#ops", token, api } })).toMatch(
    /to slack\.example\.com \(NOTE: /,
  );
});

test("it says whether a webhook is signed, and that the key is not sent", () => {
  const url = "https://hooks.example.com/a";
  expect(describeWritten({ webhook: { url } })).toBe(", not signed");
  expect(describeWritten({ webhook: { url, signingKey: { env: "KEY" } } })).toBe(
    ", signed with the variable KEY, which is not sent",
  );
  expect(describeWritten({ teams: { webhook: { secret: "teams" } } })).toBe(
    ", to the address in the secret teams",
  );
});
