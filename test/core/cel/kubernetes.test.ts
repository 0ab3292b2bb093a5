import { expect, test } from "vitest";
import { readCases, readRecorded } from "../../support/kubernetes/cel-cases.ts";
import { answerByOurs, differs } from "../../support/kubernetes/cel-answers.ts";

const recorded = readRecorded();

test("at least 95 % of the expressions give what the API server of Kubernetes 1.36 gives", () => {
  const { answers } = recorded;
  const alike = answers.filter((one) => !differs(one, answerByOurs(one, recorded)));
  expect(answers.length).toBeGreaterThan(400);
  expect(alike.length / answers.length).toBeGreaterThan(0.95);
  // docs/cel.md names every other one.
  expect(answers.length - alike.length).toBeLessThan(30);
});

test("the answers are recorded for all expressions, by the version that is the reference", () => {
  expect(recorded.version).toMatch(/^v1\.36\./);
  expect(recorded.answers.map(({ on, expression }) => ({ on, expression }))).toEqual(readCases());
});
