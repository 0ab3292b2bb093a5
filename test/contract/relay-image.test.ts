import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleRelay, type BundledPackage } from "../../infra/build/bundle-relay.ts";
import packageJson from "../../package.json" with { type: "json" };
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

const run = promisify(execFile);
const root = findProjectRoot();
const dockerfile = readFileSync(join(root, "infra", "relay", "Dockerfile"), "utf8");
const statefulSet = readFileSync(
  join(root, "infra", "relay", "chart", "templates", "statefulset.yaml"),
  "utf8",
);

describe("the image of the relay", () => {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const image = join(folder, "image");

  // The last step of the build, as the Dockerfile has it.
  beforeAll(async () => {
    const [, script = ""] = /^RUN node (\S+) \/image$/m.exec(dockerfile) ?? [];
    await run(process.execPath, [join(root, script), image], { cwd: root });
  });
  afterAll(() => temporary[Symbol.dispose]());

  it("holds the relay, and the papers about it, and nothing else", () => {
    expect(readdirSync(image).toSorted()).toEqual(
      ["LICENSE", "relay.mjs", "relay.mjs.LEGAL.txt", "sbom.cdx.json"].toSorted(),
    );
  });

  it("starts its entry point with these files alone", async () => {
    const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
    const [program, file = ""] = JSON.parse(entry) as readonly string[];
    expect(program).toBe("/nodejs/bin/node");
    const relay = run(process.execPath, [file.replace("/app/", `${image}/`), "--config", "x"], {
      cwd: folder,
      env: {},
    });
    await expect(relay).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("KUBEMEND_CHANGES_QUEUE_URL is missing"),
    });
  });

  it("is started by the chart as by itself, and as the same user", () => {
    const [, entry = ""] = /^ENTRYPOINT \[(.*)\]$/m.exec(dockerfile) ?? [];
    expect(statefulSet).toContain(`command: [${entry.replaceAll('"', "")}]`);
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? [];
    expect(statefulSet).toContain(`runAsUser: ${user}`);
    expect(statefulSet).toContain(`runAsGroup: ${group}`);
  });

  it("names each package of its bundle in its SBOM, with a checksum, and no other", async () => {
    const packages = await bundleRelay({ root, folder: join(folder, "again") });
    const { components } = JSON.parse(readFileSync(join(image, "sbom.cdx.json"), "utf8")) as {
      components: readonly (BundledPackage & { readonly hashes: readonly unknown[] })[];
    };
    const names = ({ name, version }: BundledPackage): string => `${name}@${version}`;
    expect(packages.length).toBeGreaterThan(30);
    expect(components.map(names).toSorted()).toEqual(packages.map(names).toSorted());
    expect(components.filter(({ hashes }) => hashes.length === 0)).toEqual([]);
  });

  it("has the version of Kubemend, and the Node that Kubemend is tested with", () => {
    expect(dockerfile).toContain(`image.version="${packageJson.version}"`);
    expect(dockerfile).toContain(`node:${packageJson.devDependencies.node}-`);
  });
});
