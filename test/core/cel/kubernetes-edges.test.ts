import { describe, expect, it, vi } from "vitest";
import { readJson } from "../../../events/json.ts";
import { compileExpression } from "../../../core/cel/compile.ts";

const read = readJson('{"min": -9223372036854775808, "text": "x", "none": null}');
const object = "value" in read ? read.value : undefined;
const bindings = { object, cluster: { name: "c", uid: "u" }, now: "2026-03-01T10:00:00.000Z" };

function evaluate(source: string): unknown {
  const compiled = compileExpression(source);
  if (!compiled.ok) return `fault: ${compiled.error.message}`;
  const answer = compiled.value.evaluate(bindings);
  return answer.outcome === "value" ? answer.value : answer.outcome;
}

/** Each as the API server of Kubernetes 1.36 answers. */
describe("as in Kubernetes,", () => {
  it.each([
    ["object.min % -1 == 0", "error"],
    ["5 % -1", 0],
    ["string(duration('2562047h47m16.854775807s'))", "9223372036.854776s"],
    ["string(duration('1ns'))", "0.000000001s"],
    ["string(duration('-1500ms'))", "-1.5s"],
    ["string(duration('0s'))", "0s"],
    ["object.text.orValue('b')", "x"],
    ["object.none.orValue('b')", "unknown"],
    ["[1, 2].exists_one(k, k == 1)", true],
    ["1e999 > 1.0", expect.stringMatching(/^fault: .*too large/)],
    ["-1e999 < 1.0", expect.stringMatching(/^fault: .*too large/)],
    ["[1, 2].exists_one(k, .v, k == 1)", expect.stringMatching(/^fault: /)],
    ["[1].exists(.k, true)", expect.stringMatching(/^fault: /)],
  ])("%s", (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });
});

/** How often a text is copied while an expression is compiled: the readable paths of its parts. */
it("a chain of fields is compiled once for each field, not once for each pair of them", () => {
  const copies = (length: number): number => {
    const joins = vi.spyOn(Array.prototype, "join");
    compileExpression(`object${".a".repeat(length)}`);
    const count = joins.mock.contexts.reduce<number>(
      (sum, list) => sum + (list as readonly unknown[]).length,
      0,
    );
    joins.mockRestore();
    return count;
  };
  expect(copies(900)).toBeLessThan(900 * 4);
});
