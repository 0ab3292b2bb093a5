import { describe, expect, it, test } from "vitest";
import { formatChangePath, parseChangePath } from "../../../core/operations/change-path.ts";

test.each<readonly [string, readonly unknown[]]>([
  ["spec.paused", ["spec", "paused"]],
  ['metadata.labels["a.b/c"]', ["metadata", "labels", "a.b/c"]],
  [
    "spec.template.spec.containers[name=main].image",
    ["spec", "template", "spec", "containers", { name: "main" }, "image"],
  ],
  [
    "spec.taints[key=a.b/c,effect=NoSchedule]",
    ["spec", "taints", { key: "a.b/c", effect: "NoSchedule" }],
  ],
])("%s is a path, and its text is the same", (text, path) => {
  const parsed = parseChangePath(text);
  expect(parsed).toEqual({ ok: true, value: path });
  expect(parsed.ok && formatChangePath(parsed.value)).toBe(text);
});

describe("no path", () => {
  it.each(["", ".spec", "spec..a", "spec.containers[0]", "spec[*]", "[name=a]", "a b", "spec[a=]"])(
    "%j",
    (text) => {
      expect(parseChangePath(text).ok).toBe(false);
    },
  );

  it("with more steps than any object has", () => {
    expect(parseChangePath(`a${".b".repeat(40)}`).ok).toBe(false);
  });
});
