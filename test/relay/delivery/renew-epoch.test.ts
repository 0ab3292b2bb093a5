import { expect, test } from "vitest";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { renewEpoch } from "../../../relay/delivery/render-message.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";

function render(name: string) {
  const { message, ...rest } = toChangeMessage(ORIGIN, {
    change: "added",
    object: configMap(name, "5"),
    resourceVersion: "5",
    epoch: 1,
    time: "2026-01-01T00:00:00.000Z",
  });
  return { ...rest, body: JSON.stringify(message) };
}

test("a change that a standby has read gets the epoch of its takeover", () => {
  expect(JSON.parse(renewEpoch(render("a"), 7).body).data.epoch).toBe(7);
});

test("a change whose name no function accepts does not stop a takeover", () => {
  const rendered = render("a".repeat(2000));
  expect(renewEpoch(rendered, 7)).toEqual(rendered);
});
