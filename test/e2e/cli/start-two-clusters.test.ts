import { expect, test } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";

test("kubemend start --clusters 2 plays a failover to a second API server, a mirror and a move, and exits 0", async () => {
  const args = ["start", "--clusters", "2", "--once", "--json"];
  const { code, stdout, stderr } = await kubemend(args).ended;
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const steps = records.filter(({ type }) => type === "step");
  const count = (id: string): number => steps.filter(({ scenario }) => scenario === id).length;
  expect({ e: count("e"), f: count("f"), g: count("g") }).toEqual({ e: 4, f: 10, g: 8 });
  expect(
    steps.find(({ step }) => step === "the mirror says what the comparison found"),
  ).toMatchObject({
    detail: "2 compared, 1 drifted",
  });
  expect(records.find(({ type }) => type === "message")).toMatchObject({
    scenario: "e",
    text: expect.stringContaining("fail-over: Deployment demo/shop"),
  });
  expect(records.at(-1)).toMatchObject({
    type: "summary",
    passed: true,
    remediations: { Succeeded: 2 },
  });
});
