import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

const BUS = { eventBridge: { bus: "default" } };
const RECEIVERS = { ops: BUS, pager: BUS };

function parse(route: unknown, alert: object = { summary: "'x'" }, receivers: unknown = RECEIVERS) {
  return parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "a" },
    ...(receivers === null ? {} : { receivers }),
    route,
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
    rules: [{ id: "a", on: { resource: "pods" }, then: [{ alert }] }],
  });
}

function faultsOf(...input: Parameters<typeof parse>) {
  const parsed = parse(...input);
  return parsed.ok
    ? []
    : parsed.error.map(({ path, message, hint }) => ({ at: path.join("."), message, hint }));
}

describe("routes", () => {
  it("are read with single values and lists alike", () => {
    const parsed = parse([
      { when: { severity: "critical", rule: ["a"] }, to: ["pager", "ops"], continue: true },
      { to: "ops" },
    ]);
    expect(parsed.ok && parsed.value.route).toEqual([
      { when: { severity: ["critical"], rule: ["a"] }, to: ["pager", "ops"], continue: true },
      { to: ["ops"], continue: false },
    ]);
  });

  it("that take everything make a receiver of the alert needless", () => {
    expect(faultsOf([{ to: "ops" }])).toEqual([]);
    expect(faultsOf([{ when: { severity: "info" }, to: "ops" }])).toMatchObject([
      { at: "rules.0.then.0.alert.to", message: "to is missing" },
    ]);
  });

  it.each([
    ["route.0.to", [{ to: "opps" }], /no receiver with this name/, /did you mean ops\?/],
    ["route.0.to.1", [{ to: ["ops", "oops"] }], /no receiver/, /did you mean ops\?/],
    [
      "route.0.when.rule",
      [{ when: { rule: "b" }, to: "ops" }, { to: "ops" }],
      /no rule/,
      /rules: a/,
    ],
    [
      "route.0.when.namespaceLabels",
      [{ when: { namespaceLabels: "a in (b" }, to: "ops" }, { to: "ops" }],
      /not a label requirement/,
      undefined,
    ],
    ["route.1", [{ to: "ops" }, { when: {}, to: "pager" }], /never asked/, /continue: true/],
    [
      "route.0.when.severity",
      [{ when: { severity: "fatal" }, to: "ops" }, { to: "ops" }],
      /one of critical/,
      undefined,
    ],
    [
      "route.0.when.team",
      [{ when: { team: "a" }, to: "ops" }, { to: "ops" }],
      /unknown key "team"/,
      /severity, rule/,
    ],
    ["route.0.to", [{ when: { severity: "info" } }, { to: "ops" }], /to is missing/, undefined],
    ["route", { to: "ops" }, /expected a list/, undefined],
  ])("with a fault at %s are refused", (at, route, message, hint) => {
    const [fault] = faultsOf(route, { to: "ops", summary: "'x'" });
    expect(fault).toMatchObject({ at, message: expect.stringMatching(message) as string });
    expect(fault?.hint ?? "").toMatch(hint ?? /^/);
  });

  it("need receivers", () => {
    expect(faultsOf([{ to: "ops" }], { to: "ops", summary: "'x'" }, null)).toMatchObject([
      { at: "route", message: "a route needs receivers, by whose names it sends" },
    ]);
  });
});
