import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const FOLDER = join(findProjectRoot(), "docs", "recipes");
const BACKUP = readFileSync(join(FOLDER, "01-failed-backup.yaml"), "utf8");
const OBJECTS = readFileSync(join(FOLDER, "objects", "01.yaml"), "utf8");

describe("kubemend recipes", () => {
  test("lists each with its number, its name, what happens and what is done", async () => {
    const { code, stdout, stderr } = await kubemend(["recipes"]).ended;
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n").filter((line) => /^\d\d {2}/.test(line));
    expect(lines.length).toBeGreaterThanOrEqual(20);
    expect(lines[0]).toMatch(
      /^01 {2}failed-backup +a backup has failed: its CronJob runs again, and must complete$/,
    );
    expect(lines.filter((line) => !/^\d\d {2}\S+ +\S.+: \S.+$/.test(line))).toEqual([]);
  });

  test.each(["1", "01", "failed-backup", "01-failed-backup", "01-failed-backup.yaml"])(
    "prints the file of %s as it is",
    async (name) => {
      const { code, stdout } = await kubemend(["recipes", name]).ended;
      expect([code, stdout]).toEqual([0, BACKUP]);
    },
  );

  test("prints the objects of its story, which YAML reads", async () => {
    const { code, stdout } = await kubemend(["recipes", "01", "--objects"]).ended;
    expect([code, stdout]).toEqual([0, OBJECTS]);
    expect(parseAllDocuments(stdout)).toHaveLength(2);
  });

  test("gives scripts everything about one", async () => {
    const { records, ended } = kubemend(["recipes", "01", "--json"]);
    expect((await ended).code).toBe(0);
    expect(records).toEqual([
      expect.objectContaining({ number: "01", name: "failed-backup", pipeline: BACKUP }),
    ]);
  });

  test.each([
    ["faild-backup", "Did you mean 01 failed-backup?"],
    ["image", "Did you mean 02 image-pull-back-off?"],
    ["qqqqqqqqqqqqqqqqqqqq", "`kubemend recipes` lists them."],
  ])("says what was probably meant by %s", async (name, hint) => {
    const { code, stdout, stderr } = await kubemend(["recipes", name]).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`There is no recipe ${name}. ${hint}`);
  });

  test("needs a name for --objects", async () => {
    const { code, stderr } = await kubemend(["recipes", "--objects"]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("--objects needs the name of a recipe");
  });

  test("writes nothing to a terminal that a name has brought", async () => {
    const { stderr } = await kubemend(["recipes", "\u001B[2J\u202E"]).ended;
    expect(stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});
