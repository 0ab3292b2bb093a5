import { expect, it } from "vitest";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";

const HEAD = "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\n";
const CLUSTER = "cluster: { name: c }\n";
const RULE = `${HEAD}${CLUSTER}rules:\n  - id: a\n    on: { resource: pods }\n    once: object\n`;

it.each([
  `${RULE}    then: [{ alert: &a { to: x, summary: *a } }]\n`,
  `${RULE}    then: [{ patch: &a { set: { spec.x: *a } } }]\n`,
  `${RULE}    then: [{ patch: { set: &a { spec.x: *a, spec.y: *a, spec.z: *a } } }]\n`,
  `${RULE}    then: [{ createJobFromCronJob: { env: &a { A: *a } } }]\n`,
  `${RULE}    then: [{ deleteObject: &a { target: *a } }]\n`,
  `${RULE}    then: [{ scale: { replicas: &a { cel: *a } } }]\n`,
  `${RULE}    then: &a [*a]\n`,
  `${RULE}    then: [{ cordon: {} }]\n    verify: &a { where: *a }\n`,
  `${RULE}    then: [{ cordon: {} }]\n    onFailure: &a [*a, *a]\n`,
  `${HEAD}cluster: &a { name: *a }\n`,
  `${HEAD}${CLUSTER}watch: &a [*a]\n`,
  `${HEAD}${CLUSTER}receivers: &a { a: *a, b: *a }\n`,
])("an alias that contains itself is a fault of the file, with its place: %s", (text) => {
  const parsed = parsePipelineText(text);
  expect(parsed.ok ? [] : parsed.error).toMatchObject([
    { message: "nested more than 40 deep", line: expect.any(Number) },
  ]);
});
