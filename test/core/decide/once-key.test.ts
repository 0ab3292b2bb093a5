import { describe, expect, test } from "vitest";
import type { Bindings } from "../../../core/cel/compile.ts";
import { deriveOnce } from "../../../core/pipeline/parse/parse-once.ts";
import { toOnceKey } from "../../../core/decide/once-key.ts";
import type { Once } from "../../../core/pipeline/pipeline.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

function derive(input: {
  written?: unknown;
  where?: string;
  resource?: string;
  builtin?: boolean;
}): unknown {
  const { written, where, resource = "configmaps", builtin = true } = input;
  const once = deriveOnce({ written, where, resource, builtin });
  return once.ok ? once.value : once.error.message;
}

describe("the episode is derived in this order", () => {
  test("as written, whatever the condition says", () => {
    expect(derive({ written: "change", where: FAILED })).toEqual({ type: "change" });
    const condition = { type: "condition", condition: "Ready" };
    expect(derive({ written: { condition: "Ready" }, where: FAILED })).toEqual(condition);
    const key = { type: "key", expression: "object.spec.x" };
    expect(derive({ written: { key: "object.spec.x" } })).toEqual(key);
  });

  test("the condition that where literally tests, also for Jobs", () => {
    const failed = { type: "condition", condition: "Failed" };
    expect(derive({ where: FAILED, resource: "jobs.batch" })).toEqual(failed);
    expect(derive({ where: `object.spec.x == 1 && ${FAILED}` })).toEqual(failed);
    const four = `object.status.conditions.exists(c, c.type == "Failed" && c.status == "True" && c.reason == "X" && has(c.message))`;
    expect(derive({ where: four })).toEqual(failed);
    expect(derive({ where: 'object.status.conditions.exists(x, x.type == "Failed")' })).toEqual(
      failed,
    );
  });

  test.each([
    'object.status.conditions.exists(c, c.status == "True" && c.type == "Failed")',
    'object.status.conditions.all(c, c.type == "Failed" && c.status == "True")',
    'object.spec.ports.exists(c, c.type == "Failed" && c.status == "True")',
    'object.status.conditions.exists(c, c.type == object.spec.t && c.status == "True")',
  ])("a similar expression does not count: %s", (where) => {
    expect(derive({ where, resource: "jobs.batch" })).toEqual({ type: "object" });
    expect(derive({ where })).toMatch(/once must be written/);
  });

  test("the object for Jobs and Pods", () => {
    expect(derive({ resource: "jobs.batch" })).toEqual({ type: "object" });
    expect(derive({ resource: "pods", where: "object.spec.x" })).toEqual({ type: "object" });
  });

  test("else it must be written", () => {
    expect(derive({})).toMatch(/nothing else says when a new episode of configmaps begins/);
    expect(derive({ where: `${FAILED} || ${FAILED.replace("Failed", "Stuck")}` })).toMatch(
      /several conditions \(Failed, Stuck\)/,
    );
  });

  test.each(["nodes", "services", "configmaps", "pods"])(
    "generation is refused for %s",
    (resource) => {
      expect(derive({ written: "generation", resource })).toMatch(/have no generation/);
    },
  );

  test("generation is accepted for kinds that count it, and for custom resources", () => {
    expect(derive({ written: "generation", resource: "deployments.apps" })).toEqual({
      type: "generation",
    });
    const custom = { written: "generation", resource: "widgets.example.com", builtin: false };
    expect(derive(custom)).toEqual({ type: "generation" });
  });

  test("a key that is not CEL is refused with its place", () => {
    const once = deriveOnce({
      written: { key: "object.a and b" },
      where: undefined,
      resource: "configmaps",
      builtin: true,
    });
    expect(once).toEqual({
      ok: false,
      error: {
        message: `CEL: "and" is not an operator: and is &&`,
        hint: "an expression that gives text",
        at: ["key"],
        offset: 9,
      },
    });
  });

  test.each([[{}], [{ condition: "A", key: "x" }], [{ key: 1 }], ["episode"], [[]], [null]])(
    "%j is refused",
    (written) => {
      expect(derive({ written })).toBe("does not identify an episode");
    },
  );
});

describe("the key of the episode", () => {
  const object = {
    metadata: { uid: "u", generation: 7 },
    spec: { schedule: "@daily", n: 3 },
    status: {
      conditions: [
        { type: "Ready", lastTransitionTime: "2026-01-01T00:00:00Z" },
        { type: "Failed", lastTransitionTime: "2026-01-02T00:00:00Z" },
      ],
    },
  };
  const toKey = (once: Once, live: unknown = object): unknown => {
    const cluster = { name: "c", uid: "u" };
    const bindings: Bindings = { object: live, cluster, now: "2026-01-03T00:00:00.000Z" };
    const key = toOnceKey({ once }, bindings, "id1");
    return key.ok ? key.value : { refused: key.error };
  };

  test.each<[Once, string]>([
    [{ type: "object" }, "object"],
    [{ type: "change" }, "change/id1"],
    [{ type: "generation" }, "generation/7"],
    [{ type: "condition", condition: "Failed" }, "condition/Failed/2026-01-02T00:00:00Z"],
    [{ type: "key", expression: "object.spec.schedule" }, "key/@daily"],
  ])("%j", (once, key) => {
    expect(toKey(once)).toBe(key);
  });

  test.each<[Once, RegExp]>([
    [{ type: "condition", condition: "Gone" }, /the condition Gone/],
    [{ type: "key", expression: "object.spec.n" }, /must give a text/],
    [
      { type: "key", expression: "object.spec.missing" },
      /^once\.key: object\.spec\.missing is not there$/,
    ],
    [{ type: "key", expression: "''" }, /must give a text/],
    [{ type: "key", expression: "object.a and b" }, /^once\.key: "and" is not an operator/],
    [{ type: "key", expression: "object.spec.schedule + 1" }, /^once\.key: \+ does not take/],
  ])("is refused if the object lacks it: %j", (once, reason) => {
    expect(toKey(once)).toEqual({ refused: expect.stringMatching(reason) });
  });

  test.each([{}, { lastTransitionTime: "" }, { lastTransitionTime: 1 }])(
    "is refused if the condition has %j instead of a time",
    (fields) => {
      const live = { status: { conditions: [{ type: "Failed", ...fields }] } };
      const refused = expect.stringMatching(/none with a lastTransitionTime/);
      expect(toKey({ type: "condition", condition: "Failed" }, live)).toEqual({ refused });
    },
  );

  test("no object makes it throw", () => {
    for (const live of [null, 1, [], { status: { conditions: "x" } }, { metadata: null }]) {
      expect(toKey({ type: "condition", condition: "A" }, live)).toHaveProperty("refused");
      expect(toKey({ type: "generation" }, live)).toHaveProperty("refused");
    }
  });
});
