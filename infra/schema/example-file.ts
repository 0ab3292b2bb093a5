import { parse } from "yaml";
import type { KeyDoc, KeyGroup } from "./key-docs.ts";

type Fields = Readonly<Record<string, unknown>>;

const HEAD: Fields = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
};
const ALERT: Fields = { alert: { to: "ops", summary: "'x'" } };
const RULE: Fields = toRule([ALERT]);

/** A whole pipeline with the example of a key, so that it can be validated. */
export function toExampleFile({ at }: KeyGroup, { example }: KeyDoc): unknown {
  const written = parse(example) as Fields;
  switch (at) {
    case "":
      return { ...HEAD, watch: [{ resource: "pods" }], ...written };
    case "rules[]":
      return { ...HEAD, rules: [{ ...RULE, ...written }] };
    case "watch[]":
      return { ...HEAD, watch: [{ resource: "pods", ...written }] };
    case "redact[]":
      return {
        ...HEAD,
        watch: [{ resource: "pods" }],
        redact: [{ resource: "pods", paths: ["spec.containers[*].env"], ...written }],
      };
    default:
      return { ...HEAD, rules: [{ ...RULE, ...toRule([{ [at]: written }]) }] };
  }
}

/** The value that the example gives to its key. */
export function toExampleValue({ key, example }: KeyDoc): unknown {
  return key
    .split(".")
    .reduce<unknown>((value, step) => (value as Fields)[step], parse(example) as unknown);
}

function toRule(actions: readonly Fields[]): Fields {
  const head = { id: "a", on: { resource: "jobs.batch" }, once: "object" };
  // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
  return { ...head, then: actions };
}
