import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { toChartValues } from "../../../cli/init/stage-files.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const chart = join(findProjectRoot(), "infra", "relay", "chart");

test("the chart accepts the values that kubemend init writes, with what kubemend deploy adds", () => {
  const answers = {
    cluster: "prod",
    region: "eu-central-1",
    stage: "prod",
    access: "eks",
    signing: "secret",
    rules: ["01"],
    image: "registry.invalid/kubemend-relay",
  };
  const schema = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8")) as object;
  const validate = new Ajv({ strict: false }).compile(schema);
  const written = parse(toChartValues(answers)) as Readonly<Record<string, object>>;
  const deployed = {
    ...(parse(readFileSync(join(chart, "values.yaml"), "utf8")) as object),
    ...written,
    aws: { ...written["aws"], roleArn: "arn:aws:iam::111122223333:role/relay" },
    pipeline: "apiVersion: kubemend.dev/v1alpha1",
    queueUrl: "https://sqs.eu-central-1.amazonaws.com/111122223333/kubemend-prod-changes.fifo",
  };
  expect([validate(deployed), validate.errors]).toEqual([true, null]);
  expect(validate({ ...deployed, imge: {} })).toBe(false);
});

test.each([
  ["eks", undefined],
  ["eks-role", undefined],
  ["secret", { serviceAccounts: true }],
  ["parameter", { serviceAccounts: true }],
  ["kubeconfig", { serviceAccounts: true }],
])(
  "with access by %s the values say whether the functions have ServiceAccounts",
  (access, functions) => {
    const answers = {
      cluster: "prod",
      region: "eu-central-1",
      stage: "prod",
      signing: "secret",
      rules: [],
      image: "r/i",
    };
    const written = parse(toChartValues({ ...answers, access })) as Readonly<
      Record<string, object>
    >;
    expect(written["functions"]).toEqual(functions);
  },
);
