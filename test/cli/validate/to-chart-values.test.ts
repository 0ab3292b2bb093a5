import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const FILE = join(findProjectRoot(), "sandbox", "pipeline.yaml");

type Values = {
  readonly pipeline: string;
  readonly rbac: {
    readonly namespace: string;
    readonly grants: Readonly<Record<string, readonly { readonly namespace?: string }[]>>;
  };
};

async function print(...flags: readonly string[]): Promise<Values> {
  const { stdout } = await kubemend(["validate", FILE, "--chart-values", ...flags]).ended;
  return parse(stdout) as Values;
}

describe("kubemend validate --chart-values", () => {
  it("prints the file as it is written, comments included", async () => {
    expect((await print()).pipeline).toBe(readFileSync(FILE, "utf8"));
  });

  it("grants what is about records and the Lease in the namespace of the release", async () => {
    const { rbac } = await print("--namespace", "second");
    expect(rbac.namespace).toBe("second");
    const places = Object.entries(rbac.grants).map(([part, grants]) => [
      part,
      grants.map(({ namespace }) => namespace),
    ]);
    const both = [undefined, "second"];
    expect(Object.fromEntries(places)).toEqual({
      relay: both,
      normalize: both,
      remediate: both,
      sweep: both,
      // The pipeline has no mirror.
      transfer: [],
    });
  });

  it.each([
    [["--rbac"], "choose one of --rbac and --chart-values"],
    [[FILE], "--chart-values is about one pipeline: name one file"],
    [["--namespace", "No"], '--namespace: expected the name of a namespace, not "No"'],
  ])("refuses %j", async (flags, message) => {
    const { code, stderr } = await kubemend(["validate", FILE, "--chart-values", ...flags]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
