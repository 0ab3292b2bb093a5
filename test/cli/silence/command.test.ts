import { expect, test } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startGuardApi } from "../guards/guard-api.ts";

test("says that there is no silence of the name, and how to find the right one", async () => {
  using folder = temporaryFolder();
  await using api = await startGuardApi(folder.path, {});
  const run = kubemend(["silence", "--end", "nosuch"], { KUBECONFIG: api.kubeconfig });
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("There is no silence nosuch in the namespace kubemend");
  expect(stderr).toContain("kubemend silence --list");
});
