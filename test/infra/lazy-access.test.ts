import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunctions, type BundledFunction } from "../../infra/build/bundle-functions.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

/** The SDK clients that only some cluster access modes need. */
const RARE = [
  "@aws-sdk/client-secrets-manager",
  "@aws-sdk/client-ssm",
  "@aws-sdk/client-sts",
  "yaml",
];

const folder = mkdtempSync(join(tmpdir(), "kubemend-lazy-"));
let functions: readonly BundledFunction[];

beforeAll(async () => {
  functions = await bundleFunctions({ root: findProjectRoot(), folder });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

const find = (name: string): BundledFunction | undefined =>
  functions.find((bundled) => bundled.name === name);

describe.each(["normalize", "remediate", "transfer", "sweep"])("the bundle of %s", (name) => {
  it("loads no client of Secrets Manager, Systems Manager or STS at its start", () => {
    const parts = find(name)?.parts.map((part) => part.name);
    expect(parts).toContain("@aws-sdk/client-sqs");
    for (const rare of RARE) expect(parts).not.toContain(rare);
  });

  it("has each of them in a chunk without the others", () => {
    const owners = find(name)?.lazy.map(({ parts }) =>
      parts.map((part) => part.name).filter((part) => RARE.includes(part)),
    );
    for (const rare of RARE) expect(owners).toContainEqual([rare]);
    expect(owners?.filter((found) => found.length > 1)).toEqual([]);
  });
});

it("notify does not access the cluster: it has only what may hold the signing keys, and reads none of it at its start", () => {
  const { parts = [], lazy = [] } = find("notify") ?? {};
  const chunks = lazy.flatMap((chunk) => chunk.parts.map((part) => part.name));
  for (const rare of RARE) expect(parts.map((part) => part.name)).not.toContain(rare);
  for (const rare of ["@aws-sdk/client-sts", "yaml"]) expect(chunks).not.toContain(rare);
});
