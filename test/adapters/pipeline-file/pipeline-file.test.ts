import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  parsePipelineText,
  readPipelineFile,
  type LocatedIssue,
} from "../../../adapters/pipeline-file.ts";

const VALID = `# A comment does not count.
apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - id: tell
    on:
      resource: configmaps
    where: object.metadata.name == "a"
    once: change
    then:
      - alert: { to: ops, summary: "'changed'" }
`;

function findIssues(text: string): readonly LocatedIssue[] {
  const parsed = parsePipelineText(text);
  return parsed.ok ? [] : parsed.error;
}

/** Line and column of a marker in a text, and the text without it. */
function mark(text: string): {
  readonly text: string;
  readonly line: number;
  readonly column: number;
} {
  const offset = text.indexOf("^");
  const before = text.slice(0, offset).split("\n");
  return {
    text: text.replace("^", ""),
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}

describe("a valid file", () => {
  test("returns the pipeline and the document, and as JSON it is the same pipeline", () => {
    const yaml = parsePipelineText(VALID);
    if (!yaml.ok) throw new Error(JSON.stringify(yaml.error));
    const json = parsePipelineText(JSON.stringify(yaml.value.document, null, 2));
    if (!json.ok) throw new Error(JSON.stringify(json.error));
    expect(json.value.pipeline).toEqual(yaml.value.pipeline);
    expect(json.value.document).toEqual(yaml.value.document);
  });

  test("finds the positions of issues from other checks, in the file's order", () => {
    const read = parsePipelineText(VALID);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const located = read.value.locate([
      { path: ["rules", 0, "id"], message: "second" },
      { path: ["kind"], message: "first" },
    ]);
    expect(located.map(({ message }) => message)).toEqual(["first", "second"]);
    expect(located.map(({ line }) => VALID.split("\n")[line - 1])).toEqual([
      expect.stringContaining("kind"),
      expect.stringContaining("id"),
    ]);
  });

  test("is read from disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kubemend-test-"));
    try {
      const path = join(folder, "pipeline.yaml");
      writeFileSync(path, VALID);
      const read = await readPipelineFile(path);
      expect(read.ok && read.value.pipeline.rules[0]?.id).toBe("tell");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("may switch a rule off by a condition that is false", () => {
    const text = VALID.replace('object.metadata.name == "a"', '"false"');
    expect(parsePipelineText(text).ok).toBe(true);
  });

  test("that is not UTF-8 is one clear error", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kubemend-test-"));
    try {
      const path = join(folder, "pipeline.yaml");
      writeFileSync(path, Buffer.from([0xff, 0xfe, 0x61]));
      await expect(readPipelineFile(path)).rejects.toMatchObject({
        code: "InvalidConfiguration",
        message: `cannot read the pipeline file ${path}: it is not UTF-8 text`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that does not exist is one clear error", async () => {
    await expect(readPipelineFile("/nowhere/p.yaml")).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: "cannot read the pipeline file /nowhere/p.yaml: there is no such file",
    });
  });
});

describe("an issue has the exact position", () => {
  test.each<[string, string, RegExp]>([
    ["an unknown key", VALID.replace("once:", "^onse:"), /unknown key "onse"/],
    ["an unknown key among others", VALID.replace("to: ops", "^too: ops"), /unknown key "too"/],
    ["a wrong value", VALID.replace("configmaps", "^configmap"), /"configmap" is a kind/],
    [
      "a CEL error in a plain scalar",
      VALID.replace('name == "a"', 'name ^= "a"'),
      /equality is ==/,
    ],
    [
      "a CEL error in a quoted scalar",
      VALID.replace(`"'changed'"`, `"'changed' + ^foo"`),
      /unknown variable foo/,
    ],
    [
      "a CEL error in a single-quoted scalar",
      VALID.replace('object.metadata.name == "a"', "'object.metadata.name ^= true'"),
      /equality is ==/,
    ],
    [
      "a CEL error in a block",
      VALID.replace(
        'where: object.metadata.name == "a"',
        'where: |\n      has(object.data) &&\n        object.metadata.name ^= "a"',
      ),
      /equality is ==/,
    ],
    [
      "something missing is reported at its parent",
      VALID.replace("      resource: configmaps\n", "      changes: [added]\n").replace(
        "    on:",
        "    ^on:",
      ),
      /resource is missing/,
    ],
    ["an unknown action", VALID.replace("alert:", "^alrt:"), /unknown action alrt/],
    [
      "a bad item of a list",
      VALID.replace("resource: configmaps", "resource: configmaps\n      changes: [added, ^gone]"),
      /none of the values of changes/,
    ],
    ["a YAML error", VALID.replace("{ name: prod }", "{ name: prod\n^kind: x"), /YAML: /],
    [
      "a duplicate key",
      VALID.replace("kind: Pipeline", "kind: Pipeline\n^kind: Pipeline"),
      /YAML: the key "kind" is written twice/,
    ],
  ])("%s", (_what, marked, message) => {
    const { text, line, column } = mark(marked);
    const issues = findIssues(text);
    expect(issues.map((issue) => [issue.line, issue.column])).toContainEqual([line, column]);
    const issue = issues.find((one) => one.line === line && one.column === column);
    expect(issue?.message).toMatch(message);
  });

  test("also in JSON, and through an alias", () => {
    const json = mark(
      '{\n "apiVersion": "kubemend.dev/v1alpha1", "kind": ^"Pipe",\n "cluster": {"name": "x"}, "watch": [{"resource": "pods"}]}',
    );
    expect(findIssues(json.text)).toMatchObject([{ line: json.line, column: json.column }]);
    const alias = mark(
      VALID.replace("cluster:", "watch: [&w { ^nope: 1, resource: pods }, *w]\ncluster:"),
    );
    const places = findIssues(alias.text).map(({ line, column }) => [line, column]);
    expect(places).toEqual([
      [alias.line, alias.column],
      [alias.line, alias.column],
    ]);
  });

  test("issues are in the file's order", () => {
    const text = VALID.replace("kind: Pipeline", "kind: Pipe")
      .replace("to: ops", "to: 1")
      .replace("id: tell", "id: T");
    const lines = findIssues(text).map(({ line }) => line);
    expect(lines).toEqual([3, 6, 12]);
  });
});

describe("hostile files", () => {
  test("an expansion of aliases is refused", () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? "l0: &a0 [x]"
        : `l${level}: &a${level} [${Array(10)
            .fill(`*a${level - 1}`)
            .join(",")}]`,
    );
    const issues = findIssues(levels.join("\n"));
    expect(issues[0]?.message).toMatch(/YAML: .*alias/i);
  });

  test.each([
    "",
    "---\n---\n",
    "[]",
    "3",
    "\u0000",
    "a: *nope",
    "&a [*a]",
    "? {a: b}\n: c",
    "x".repeat(1024 * 1024 + 1),
  ])("%# is refused with a position", (text) => {
    const issues = findIssues(text);
    expect(issues.length).toBeGreaterThan(0);
    for (const { line, column } of issues) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
    }
  });
});
