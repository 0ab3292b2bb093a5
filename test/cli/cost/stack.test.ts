import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { STACK } from "../../../cli/cost/stack.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const root = findProjectRoot();
const serverless = readFileSync(join(root, "serverless.yml"), "utf8");
const fragments = readdirSync(join(root, "infra"))
  .filter((name) => name.endsWith(".yml"))
  .map((name) => readFileSync(join(root, "infra", name), "utf8"))
  .join("\n");

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

test("the stack that is estimated has as many resources as the one that is deployed", () => {
  const { fifo, standard } = STACK.eventSources;
  expect(count(serverless, /^ {6}- sqs:$/gm)).toBe(fifo + standard);
  expect(count(serverless, /maximumConcurrency: 50$/gm)).toBe(1);
  expect(serverless).toContain(`memorySize: ${STACK.memoryGb * 1024}\n`);
  expect(count(fragments, /Type: AWS::CloudWatch::Alarm$/gm)).toBe(STACK.alarms);
  expect(count(fragments, /Type: AWS::CloudWatch::Dashboard$/gm)).toBe(STACK.dashboards);
  expect(count(fragments, /Type: AWS::IAM::Role$/gm)).toBe(STACK.roles);
});
