/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { findLeftAlone, findRuleLeftAlone } from "../../../core/decide/left-alone.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { parseRule } from "../../support/functions/rule-request.ts";

const KEY = "kubemend.dev/remediate";
const labelled = (labels: object) => ({ metadata: { labels } });
const find = (object: object, namespace: object | null | undefined, optIn?: string) =>
  findLeftAlone(optIn, object, namespace)?.code;

describe("an object has opted out", () => {
  test.each([
    ["by a label", labelled({ [KEY]: "false" }), null],
    ["by an annotation", { metadata: { annotations: { [KEY]: "false" } } }, null],
    ["in any case of letters", labelled({ [KEY]: "False" }), null],
    ["by a label of its namespace", {}, labelled({ [KEY]: "false" })],
    ["by an annotation of its namespace", {}, { metadata: { annotations: { [KEY]: "false" } } }],
    ["although its namespace says true", labelled({ [KEY]: "false" }), labelled({ [KEY]: "true" })],
    ["although nothing is known of its namespace", labelled({ [KEY]: "false" }), undefined],
  ])("%s", (_how, object, namespace) => {
    expect(find(object, namespace)).toBe("OptedOut");
    expect(find(object, namespace, "team=data")).toBe("OptedOut");
  });

  test.each([
    ["with another value", labelled({ [KEY]: "true" })],
    ["without the key", labelled({ other: "false" })],
    ["with metadata of any shape", { metadata: { labels: [KEY], annotations: "false" } }],
  ])("not %s", (_how, object) => {
    expect(find(object, object)).toBeUndefined();
  });
});

describe("an object has opted in", () => {
  test("if it or its namespace has the labels, annotations do not count", () => {
    expect(find(labelled({ mend: "yes" }), {}, "mend=yes")).toBeUndefined();
    expect(find({}, labelled({ mend: "yes" }), "mend=yes")).toBeUndefined();
    expect(find({ metadata: { annotations: { mend: "yes" } } }, {}, "mend=yes")).toBe("NotOptedIn");
    expect(find(labelled({ mend: "no" }), null, "mend=yes")).toBe("NotOptedIn");
  });

  test("as far as anybody can say that knows nothing of its namespace", () => {
    expect(find({}, undefined, "mend=yes")).toBeUndefined();
  });
});

test("a rule that only alerts sees objects that have opted out", () => {
  const then = [{ alert: { to: "a", summary: "'x'" } }];
  const { rule } = parseRule({ then });
  expect(findRuleLeftAlone(rule, labelled({ [KEY]: "false" }), null)).toBeUndefined();
});

describe("guards.optIn", () => {
  const parse = (labelSelector: string, then: object = { createJobFromCronJob: null }) =>
    parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "c" },
      rules: [
        {
          id: "r",
          on: { resource: "jobs.batch" },
          then: [then],
          guards: { optIn: { labelSelector } },
        },
      ],
    });

  test("is a selector of labels", () => {
    expect(parse(" mend=yes ")).toMatchObject({
      ok: true,
      value: { rules: [{ guards: { optIn: "mend=yes" } }] },
    });
  });

  test.each([
    ["mend==yes==no", /is not a label requirement/],
    ["!mend", /selects objects without any label/],
    ["mend!=no", /selects objects without any label/],
  ])("is refused if it is %s", (selector, message) => {
    expect(parse(selector)).toMatchObject({
      ok: false,
      error: [
        {
          path: ["rules", 0, "guards", "optIn", "labelSelector"],
          message: expect.stringMatching(message) as string,
        },
      ],
    });
  });

  test("is refused in a rule that only alerts", () => {
    expect(parse("mend=yes", { alert: { to: "a", summary: "'x'" } })).toMatchObject({
      ok: false,
      error: [{ path: ["rules", 0, "guards", "optIn"], at: "key" }],
    });
  });
});
