import { expect, it } from "vitest";
import { toRawInteger } from "../../../events/json.ts";
import { findObjectChanges } from "../../../core/preview/find-changes.ts";
import { formatChanges } from "../../../core/preview/format-changes.ts";

const ESC = String.fromCodePoint(0x1b);

it("a change is shown below the keys that lead to it, and these only once", () => {
  const toSpec = (memory: string, replicas: number) => ({
    spec: {
      replicas,
      template: {
        spec: { containers: [{ name: "db", image: "db:1", resources: { limits: { memory } } }] },
      },
    },
  });
  const changes = findObjectChanges(toSpec("1Gi", 1), toSpec("1536Mi", 2));
  expect(formatChanges(changes).join("\n")).toBe(
    [
      "  spec:",
      "-   replicas: 1",
      "+   replicas: 2",
      "    template:",
      "      spec:",
      "        containers:",
      "          - name: db",
      "            resources:",
      "              limits:",
      '-               memory: "1Gi"',
      '+               memory: "1536Mi"',
    ].join("\n"),
  );
});

it("a map and a list that are added are shown whole", () => {
  const to = { tolerations: [{ key: "a", operator: "Exists" }, { key: "b" }], empty: {} };
  expect(formatChanges([{ path: ["spec"], to }])).toEqual([
    "+ spec:",
    "+   tolerations:",
    "+     - key: a",
    "+       operator: Exists",
    "+     - key: b",
    "+   empty: {}",
  ]);
});

it("an element that is removed from a list is shown with its dash", () => {
  const path = ["spec", "taints", { key: "a" }];
  expect(formatChanges([{ path, from: { key: "a", value: "x" } }])).toEqual([
    "  spec:",
    "    taints:",
    "-     - key: a",
    "-       value: x",
  ]);
});

it.each([
  ["true", '"true"'],
  ["1.5", '"1.5"'],
  ["", '""'],
  ["a\n+ forged: line", String.raw`"a\n+ forged: line"`],
  [`${ESC}[31mred`, String.raw`"\u001b[31mred"`],
  ["\u202Ereversed", String.raw`"\u202ereversed"`],
  [null, "null"],
  [toRawInteger(9007199254740993n), "9007199254740993"],
])("a value %j cannot be taken for another one, or for another line", (to, shown) => {
  expect(formatChanges([{ path: ["a"], to }])).toEqual([`+ a: ${shown}`]);
});

it("a key that could forge a line is quoted like a value", () => {
  expect(formatChanges([{ path: [`k\n- ${ESC}x`, "b"], to: 1 }])).toEqual([
    String.raw`  "k\n- \u001bx":`,
    "+   b: 1",
  ]);
});

it("a large change is cut after 40 lines, and says how many are left out", () => {
  const to = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, index]));
  const lines = formatChanges([{ path: ["data"], to }]);
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toBe("  … and 61 more lines");
});

it("a long line is cut", () => {
  const [line = ""] = formatChanges([{ path: ["data"], to: "x".repeat(5000) }]);
  expect(line).toHaveLength(160);
  expect(line.endsWith("…")).toBe(true);
});
