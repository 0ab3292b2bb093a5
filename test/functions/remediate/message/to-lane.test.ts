import { expect, it } from "vitest";
import { toLane } from "../../../../functions/remediate/message/to-lane.ts";
import { toRecord } from "../../../adapters/lambda/invocation.ts";

const cluster = { name: "prod", uid: "c" };

it.each([
  ["a request", { data: { cluster, record: "rerun-1" } }, "c/rerun-1"],
  ["a wake-up", { data: { cluster, record: { name: "rerun-1", uid: "u" } } }, "c/rerun-1"],
  ["neither", { data: { cluster, record: 7 } }, "m1"],
  ["nothing", null, "m1"],
])("the lane of %s is its record, if it has one", (_what, body, lane) => {
  expect(toLane(toRecord("m1", JSON.stringify(body), { group: "g" }))).toBe(lane);
});

it("a message that is not JSON is a lane of its own", () => {
  expect(toLane(toRecord("m1", "{", { group: "g" }))).toBe("m1");
});

it("the guard of a rule in one cluster does not wait for that in another one", () => {
  const lanes = ["a", "b"].map((uid) => {
    const data = { cluster: { uid }, record: { name: "rerun" } };
    return toLane(toRecord("m1", JSON.stringify({ data })));
  });
  expect(new Set(lanes).size).toBe(2);
});
