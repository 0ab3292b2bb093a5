import { expect, test } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";

test.each([
  [["--context", "mine"], /--config is missing: name the pipeline to try/],
  [["--context", "mine", "--functions", "dist"], /--functions is for the sandbox/],
  [["--existing"], /name it with --context/],
])("kubemend start %j says what is missing, and starts nothing", async (args, says) => {
  const ended = await kubemend(["start", ...args]).ended;
  expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(says) });
});
