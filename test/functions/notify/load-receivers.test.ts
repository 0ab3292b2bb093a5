import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadReceivers } from "../../../functions/notify/load-receivers.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-receivers-"));
  file = join(folder, "pipeline.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

it("reads the receivers of the packed pipeline, by name", async () => {
  writeFileSync(file, JSON.stringify({ receivers: { ops: { eventBridge: { bus: "default" } } } }));
  expect([...(await loadReceivers(file)).values()]).toEqual([
    { type: "eventBridge", name: "ops", bus: "default" },
  ]);
});

it("reads none of a pipeline that names none", async () => {
  writeFileSync(file, JSON.stringify({ rules: [] }));
  expect((await loadReceivers(file)).size).toBe(0);
});

it.each([
  ["a file that is not there", undefined, "ENOENT"],
  ["no JSON", "receivers:", "not JSON"],
  ["receivers that are not valid", '{"receivers":{"ops":{}}}', "ops"],
])("does not start with %s, and says why", async (_what, text, reason) => {
  if (text !== undefined) writeFileSync(file, text);
  await expect(loadReceivers(file)).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: expect.stringContaining(reason) as string,
  });
});

it("does without a file next to the bundle", async () => {
  expect((await loadReceivers(undefined)).size).toBe(0);
});
