import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { STAGE_SETTINGS } from "../../infra/build/stage-settings.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

/** Settings that are no variables of the stack's files: arguments, paths, and the choice of a file. */
const OTHERS = ["KUBEMEND_STAGE", "KUBEMEND_REGION", "KUBEMEND_CONFIG", "KUBEMEND_KUBECONFIGS"];

test("every variable that the stack reads is a setting, and every setting is read", () => {
  const root = findProjectRoot();
  const infra = readdirSync(join(root, "infra"), { recursive: true, encoding: "utf8" });
  const files = infra.filter((file) => file.endsWith(".yml")).map((file) => join("infra", file));
  const read = ["serverless.yml", ...files]
    .map((file) => readFileSync(join(root, file), "utf8"))
    .flatMap((text) => [...text.matchAll(/\$\{env:(KUBEMEND_\w+)/g)].map(([, name]) => name));
  expect(new Set([...read, ...OTHERS])).toEqual(new Set(Object.keys(STAGE_SETTINGS)));
});

test("docs/deployment.md and docs/access.md explain every setting", () => {
  const docs = ["deployment.md", "access.md"]
    .map((file) => readFileSync(join(findProjectRoot(), "docs", file), "utf8"))
    .join("");
  const missing = Object.keys(STAGE_SETTINGS).filter((name) => !docs.includes(name));
  expect(missing).toEqual([]);
});
