import { expect, test } from "vitest";
import { describeOther } from "../../../cli/sandbox/other-sandbox.ts";
import { defaultDataDir } from "../../../sandbox/host/folders.ts";

const running = { pid: 7, bare: false, config: "/rules/a.yaml" };

test("a second start with another pipeline file prints the command that stops this sandbox", () => {
  const other = describeOther(running, { dataDir: "/data/one", config: "/rules/b.yaml" });
  expect(other).toContain("with /rules/a.yaml. Stop it with");
  expect(other).toContain("`npx kubemend sandbox down --data-dir /data/one`");
});

test("a folder with a space is quoted, and the default one is left out", () => {
  const wanted = { bare: true };
  expect(describeOther(running, { ...wanted, dataDir: "/my data" })).toContain(
    "`npx kubemend sandbox down --data-dir '/my data'`",
  );
  expect(describeOther(running, { ...wanted, dataDir: defaultDataDir() })).toContain(
    "`npx kubemend sandbox down`",
  );
});

test("the same file, or none, is the same sandbox", () => {
  const dataDir = "/data/one";
  expect(describeOther(running, { dataDir })).toBeUndefined();
  expect(describeOther(running, { dataDir, config: "/rules/a.yaml" })).toBeUndefined();
  expect(describeOther({ pid: 7, bare: true, config: undefined }, { dataDir })).toContain("--bare");
});
