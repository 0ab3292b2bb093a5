import { describe, expect, it } from "vitest";
import type { AlertData } from "../../../events/alert.ts";
import { findReceivers, type Labels, type Route } from "../../../core/pipeline/route.ts";
import { toAlert } from "../../support/alert-message.ts";

const to = (name: string, when?: Route["when"], goesOn = false): Route => ({
  ...(when === undefined ? {} : { when }),
  to: [name],
  continue: goesOn,
});

const find = (routes: readonly Route[], data: Partial<AlertData> = {}, labels?: Labels) =>
  findReceivers(toAlert({ to: "default", ...data }).data, routes, async () => labels);

describe("an alert whose rule names no receiver", () => {
  it("goes to the first route that takes it, and to no later one", async () => {
    const routes = [to("a", { severity: ["info"] }), to("b", { severity: ["error"] }), to("c")];
    expect(await find(routes)).toEqual(["b"]);
  });

  it("goes to the next routes as well, as long as each says so", async () => {
    const routes = [to("a", undefined, true), to("b", { severity: ["info"] }), to("c"), to("d")];
    expect(await find(routes)).toEqual(["a", "c"]);
  });

  it("goes to each receiver once", async () => {
    expect(await find([to("a", undefined, true), to("a")])).toEqual(["a"]);
  });

  it("goes to the receiver default, if no route takes it", async () => {
    expect(await find([to("a", { severity: ["info"] })])).toEqual(["default"]);
    expect(await find([])).toEqual(["default"]);
  });

  it.each([
    ["severity", { severity: ["critical"] }, { severity: "critical" }, { severity: "error" }],
    ["the severity of a problem", { severity: ["error"] }, {}, { problem: undefined }],
    ["rule", { rule: ["rerun-failed-backup"] }, {}, { rule: { id: "other", digest: "d" } }],
    [
      "namespace",
      { namespace: ["data"] },
      {},
      { trigger: { apiVersion: "v1", kind: "Node", namespace: null, name: "n", uid: "u" } },
    ],
    [
      "labels",
      { labels: { team: "data" } },
      { labels: { team: "data" } },
      { labels: { team: "x" } },
    ],
    ["labels that it has", { labels: { constructor: "x" } }, { labels: { constructor: "x" } }, {}],
  ] as const)("is selected by %s", async (_what, when, taken, left) => {
    expect(await find([to("a", when)], taken)).toEqual(["a"]);
    expect(await find([to("a", when)], left)).toEqual(["default"]);
  });

  it("is selected only if every condition holds", async () => {
    const when = { severity: ["error"], namespace: ["other"] } as const;
    expect(await find([to("a", when)])).toEqual(["default"]);
  });

  it("is selected by the labels of its namespace", async () => {
    const routes = [to("a", { namespaceLabels: "team=data,tier in (gold)" })];
    expect(await find(routes, {}, { team: "data", tier: "gold" })).toEqual(["a"]);
    expect(await find(routes, {}, { team: "data" })).toEqual(["default"]);
  });

  it("goes past a route that asks for labels which nobody can read", async () => {
    const routes = [to("a", { namespaceLabels: "!team" }), to("b")];
    expect(await find(routes)).toEqual(["b"]);
    expect(await find(routes, {}, {})).toEqual(["a"]);
  });
});

it("an alert whose rule names its receiver goes there, whatever the routes say", async () => {
  expect(await find([to("a")], { to: "ops" })).toEqual(["ops"]);
});

it("the labels of a namespace are not asked for, if no route before needs them", async () => {
  let asked = 0;
  const { data } = toAlert({ to: "default" });
  const routes = [to("a"), to("b", { namespaceLabels: "team=data" })];
  await findReceivers(data, routes, async () => {
    asked += 1;
    return {};
  });
  expect(asked).toBe(0);
});
