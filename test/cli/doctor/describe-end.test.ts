import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { describeEnd } from "../../../cli/doctor/describe-end.ts";

test.each([
  [0, 0, "Nothing failed."],
  [0, 1, "Nothing failed. 1 check was skipped."],
  [0, 10, "Nothing failed. 10 checks were skipped."],
  [2, 0, "2 failed."],
  [2, 3, "2 failed. 3 checks were skipped."],
])("%i failed and %i skipped checks end with %j", (failures, skipped, text) => {
  expect(stripVTControlCharacters(describeEnd(failures, skipped))).toBe(text);
});
