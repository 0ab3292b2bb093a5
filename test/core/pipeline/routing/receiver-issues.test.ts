import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

const BUS = { eventBridge: { bus: "default" } };

function findFaults(alert: unknown, receivers?: unknown) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "a" },
    ...(receivers === undefined ? {} : { receivers }),
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
    rules: [{ id: "a", on: { resource: "pods" }, then: [{ alert }] }],
  });
  return parsed.ok
    ? []
    : parsed.error.map(({ path, message, hint }) => ({ at: path.join("."), message, hint }));
}

const summary = "'x'";

describe("the receiver of an alert", () => {
  it("is one that the file names", () => {
    expect(findFaults({ to: "ops", summary }, { ops: BUS })).toEqual([]);
  });

  it("is refused if the file does not name it, with the one that was meant", () => {
    expect(findFaults({ to: "data-oncal", summary }, { "data-oncall": BUS })).toEqual([
      {
        at: "rules.0.then.0.alert.to",
        message: "no receiver has the name data-oncal",
        hint: "did you mean data-oncall? receivers: data-oncall",
      },
    ]);
  });

  it("may be left out if there is a receiver default", () => {
    expect(findFaults({ summary }, { default: BUS })).toEqual([]);
  });

  it.each([
    ["no receivers", undefined],
    ["receivers without default", { ops: BUS }],
  ])("must be written in a file with %s", (_what, receivers) => {
    expect(findFaults({ summary }, receivers)).toMatchObject([
      { at: "rules.0.then.0.alert.to", message: "to is missing" },
    ]);
  });

  it("may have any name in a file without receivers", () => {
    expect(findFaults({ to: "anybody", summary })).toEqual([]);
  });

  it("is none of the properties that every object has", () => {
    expect(findFaults({ to: "constructor", summary }, { ops: BUS })).toHaveLength(1);
  });
});

it("an unknown key of a receiver is reported with the allowed ones", () => {
  const receivers = { ops: { slack: { chanel: "#a", webhook: { env: "A" } } } };
  expect(findFaults({ to: "ops", summary }, receivers)).toMatchObject([
    { at: "receivers.ops.slack.chanel", message: 'unknown key "chanel"' },
  ]);
});
