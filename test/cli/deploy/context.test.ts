import { expect, test } from "vitest";
import { findMissingClone } from "../../../cli/deploy/context.ts";

test.each([
  ["/home/a/kubemend", []],
  ["/home/a/node_modules/kubemend", [expect.stringMatching(/clone the repository, run `npm ci`/)]],
])("a deployment from %s is refused before its first step if it is no clone", (root, refused) => {
  expect(findMissingClone(root)).toEqual(refused);
});
