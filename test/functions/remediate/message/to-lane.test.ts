import { expect, it } from "vitest";
import { toLane } from "../../../../functions/remediate/message/to-lane.ts";
import { toRecord } from "../../../adapters/lambda/invocation.ts";

it.each([
  ["a request", { data: { record: "rerun-1" } }, "rerun-1"],
  ["a wake-up", { data: { record: { name: "rerun-1", uid: "u" } } }, "rerun-1"],
  ["neither", { data: { record: 7 } }, "m1"],
  ["nothing", null, "m1"],
])("the lane of %s is its record, if it has one", (_what, body, lane) => {
  expect(toLane(toRecord("m1", JSON.stringify(body), { group: "g" }))).toBe(lane);
});

it("a message that is not JSON is a lane of its own", () => {
  expect(toLane(toRecord("m1", "{", { group: "g" }))).toBe("m1");
});
