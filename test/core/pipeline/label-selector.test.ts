import { describe, expect, it } from "vitest";
import { matchesLabels, parseLabelSelector } from "../../../core/pipeline/label-selector.ts";

const matches = (text: string, labels: Readonly<Record<string, string>>): boolean => {
  const selector = parseLabelSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return matchesLabels(selector.value, labels);
};

describe("a label selector", () => {
  it.each([
    ["team=data", { team: "data" }, true],
    ["team == data", { team: "ops" }, false],
    ["team=", { team: "" }, true],
    ["team!=data", {}, true],
    ["team!=data", { team: "data" }, false],
    ["team", { team: "" }, true],
    ["!team", { team: "" }, false],
    ["! team", {}, true],
    ["team in (data, ops)", { team: "ops" }, true],
    ["team in (data, ops)", {}, false],
    ["team notin (data,ops)", {}, true],
    ["team notin (data,ops)", { team: "ops" }, false],
    ["size>3", { size: "4" }, true],
    ["size < 3", { size: "4" }, false],
    ["size>3", { size: "big" }, false],
    [
      "app.kubernetes.io/name=x,team in (a,b),!old",
      { "app.kubernetes.io/name": "x", team: "b" },
      true,
    ],
    [
      "app.kubernetes.io/name=x,team in (a,b),!old",
      { "app.kubernetes.io/name": "x", old: "" },
      false,
    ],
    ["constructor", {}, false],
  ] as const)("%s on %o is %s", (text, labels, expected) => {
    expect(matches(text, labels)).toBe(expected);
  });

  it.each(["", "a=b,", "a b", "a in b", "=x", "a in (b", "a=b c", "-a"])(
    "is refused if it cannot be read: %j",
    (text) => {
      expect(parseLabelSelector(text)).toMatchObject({ ok: false });
    },
  );
});
