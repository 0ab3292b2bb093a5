import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { addPreview, formatPreviews, previewStep } from "../../../core/preview/preview-step.ts";

const target = {
  group: "",
  version: "v1",
  resource: "pods",
  kind: "Pod",
  namespace: "shop",
  name: "web",
};
const uid = "u";
const PATCH: WriteOperation = {
  type: "patch",
  name: "label",
  target,
  uid,
  changes: [{ path: ["metadata", "labels", "a"], to: "b" }],
};

describe("a step is described with everything that decides what it does", () => {
  it.each<[WriteOperation, string]>([
    [PATCH, 'would change Pod shop/web: metadata.labels.a (none) -> "b"'],
    [
      {
        type: "delete",
        name: "d",
        target,
        uid,
        propagationPolicy: "Orphan",
        gracePeriodSeconds: 0,
      },
      "would delete Pod shop/web (with a grace period of 0 s, what it owns stays)",
    ],
    [
      { type: "evict", name: "e", target, uid, withinMs: 7_200_000, stage: 1 },
      "if that fails, would evict Pod shop/web (waits at most 2h for PodDisruptionBudgets)",
    ],
    [
      { type: "verify", name: "v", target, uid, gone: true, withinMs: 600_000 },
      "would wait until Pod shop/web is gone, at most 10m",
    ],
    [
      { type: "verify", name: "v", target, uid, expression: "object.ok", withinMs: 1_000 },
      "would wait until Pod shop/web fulfils `object.ok`, at most 1s",
    ],
    [{ type: "alert", name: "a", to: "team", summary: "look" }, "would alert team: look"],
  ])("%j", (operation, head) => {
    const [text = ""] = formatPreviews([previewStep(operation)]);
    expect(text.split("\n")[0]).toBe(head);
  });
});

it("the diff is that of the object, and not only what the operation asks for", () => {
  const before = { metadata: { labels: {} } };
  const after = { metadata: { labels: { a: "b", injected: "yes-it-is" } } };
  const [text] = formatPreviews([previewStep(PATCH, { before, after })]);
  expect(text?.split("\n").slice(1)).toEqual([
    "  metadata:",
    "    labels:",
    "+     a: b",
    "+     injected: yes-it-is",
  ]);
});

it("what the API server said about a step is shown, on the same line", () => {
  const step = previewStep(PATCH, undefined, "may not\nbe done now");
  expect(formatPreviews([step])[0]).toContain(String.raw`(now: may not\nbe done now)`);
});

it("all texts together are bounded: first the diffs are left out, then the steps", () => {
  const value = "x".repeat(150);
  const changes = Array.from({ length: 30 }, (_, index) => ({
    path: ["data", `k${index}`],
    to: value,
  }));
  const step = previewStep({ ...PATCH, changes });
  const texts = formatPreviews(Array.from({ length: 100 }, () => step));
  expect(texts.join("").length).toBeLessThan(8 * 1024 + 100);
  expect(texts[0]?.split("\n").length).toBeGreaterThan(10);
  expect(texts.at(-2)).not.toContain("\n");
  expect(texts.at(-1)).toBe("… and more steps, which the plan has");
  expect(addPreview(texts, step)).toEqual(texts);
});
