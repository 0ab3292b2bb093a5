import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeFound, findAssets, findOnPath } from "../../../sandbox/build/found-programs.ts";
import { createFakeProgram, createScript } from "./support/fake-program.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const WANTED = [
  { name: "etcd", version: "3.6.8" },
  { name: "kube-apiserver", version: "1.36.3" },
  { name: "kube-scheduler", version: "1.36.3" },
  { name: "kwok", version: "0.8.0" },
] as const;

let folder: ReturnType<typeof temporaryFolder>;
let first: string;
let second: string;
beforeEach(() => {
  folder = temporaryFolder();
  first = join(folder.path, "first");
  second = join(folder.path, "second");
});
afterEach(() => folder[Symbol.dispose]());

describe("programs on the PATH", () => {
  const find = (variables: NodeJS.ProcessEnv = {}): ReturnType<typeof findOnPath> =>
    findOnPath(WANTED, { PATH: `${first}:${second}:/usr/bin:/bin`, ...variables });

  it("are used if they have the minor version that is wanted, whatever their patch", async () => {
    const etcd = createFakeProgram(first, "etcd", "3.6.8");
    const server = createFakeProgram(second, "kube-apiserver", "1.36.0");
    const kwok = createFakeProgram(second, "kwok", "0.8.4");
    expect(await find()).toEqual([
      { name: "etcd", path: etcd, version: "3.6.8" },
      { name: "kube-apiserver", path: server, version: "1.36.0" },
      { name: "kwok", path: kwok, version: "0.8.4" },
    ]);
  });

  it("of a distribution are used if their release is the right one", async () => {
    createFakeProgram(first, "kube-apiserver", "1.36.3+k3s1");
    expect(await find()).toMatchObject([{ version: "1.36.3" }]);
  });

  it.each([
    ["an older minor version", "1.35.4"],
    ["a newer minor version", "1.37.0"],
    ["a version that only begins alike", "1.360.1"],
    ["a candidate for a release", "1.36.0-rc.1"],
    ["no version", "unknown"],
  ])("are not used with %s", async (_case, version) => {
    createFakeProgram(first, "kube-apiserver", version);
    expect(await find()).toEqual([]);
  });

  it("are the ones that a shell would find: an unfitting first one hides a fitting second one", async () => {
    createFakeProgram(first, "etcd", "3.5.0");
    createFakeProgram(second, "etcd", "3.6.8");
    expect(await find()).toEqual([]);
  });

  it("are not used if they fail, or if another program has the name", async () => {
    createScript(first, "etcd", "echo 'etcd Version: 3.6.8'; exit 1");
    createScript(first, "kwok", "echo 'kwokctl 0.8.0'");
    expect(await find()).toEqual([]);
  });

  it("are neither folders nor files that cannot be executed", async () => {
    mkdirSync(join(first, "etcd"), { recursive: true });
    chmodSync(createFakeProgram(first, "kwok", "0.8.0"), 0o644);
    const later = createFakeProgram(second, "etcd", "3.6.8");
    expect(await find()).toMatchObject([{ path: later }]);
  });

  it("are not looked for in folders that the PATH names relatively", async () => {
    createFakeProgram(first, "etcd", "3.6.8");
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      expect(await find({ PATH: "first::/usr/bin:/bin" })).toEqual([]);
    } finally {
      process.chdir(before);
    }
  });

  it("are not used if KUBEMEND_SANDBOX_PROGRAMS is built", async () => {
    createFakeProgram(first, "etcd", "3.6.8");
    expect(await find({ KUBEMEND_SANDBOX_PROGRAMS: "built" })).toEqual([]);
    expect(await find({ KUBEMEND_SANDBOX_PROGRAMS: "found" })).toHaveLength(1);
  });

  it("are refused to a KUBEMEND_SANDBOX_PROGRAMS that is misspelt", async () => {
    await expect(find({ KUBEMEND_SANDBOX_PROGRAMS: "build" })).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(/KUBEMEND_SANDBOX_PROGRAMS is "build".*built.*found/),
    });
  });

  it("are named with version and place", async () => {
    createFakeProgram(first, "etcd", "3.6.9");
    createFakeProgram(first, "kwok", "0.8.1");
    createFakeProgram(second, "kube-apiserver", "1.36.0");
    expect(describeFound(await find())).toBe(
      `using etcd 3.6.9 and kwok 0.8.1 from ${first}; kube-apiserver 1.36.0 from ${second}`,
    );
  });
});

describe("KUBEBUILDER_ASSETS", () => {
  const find = (): ReturnType<typeof findAssets> =>
    findAssets(WANTED, { PATH: "/usr/bin:/bin", KUBEBUILDER_ASSETS: first });

  it("gives etcd and kube-apiserver, and nothing else", async () => {
    for (const { name, version } of WANTED) createFakeProgram(first, name, version);
    expect((await find()).map(({ name }) => name)).toEqual(["etcd", "kube-apiserver"]);
  });

  it("gives nothing if it is empty", async () => {
    expect(await findAssets(WANTED, { KUBEBUILDER_ASSETS: "" })).toEqual([]);
  });

  it("is refused if a program is missing", async () => {
    createFakeProgram(first, "etcd", "3.6.8");
    await expect(find()).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(/does not contain an executable kube-apiserver\. .*unset/),
    });
  });

  it.each([
    ["another minor version", () => createFakeProgram(first, "kube-apiserver", "1.31.0"), "1.31.0"],
    [
      "no version",
      () => writeFileSync(join(first, "kube-apiserver"), "", { mode: 0o755 }),
      "that prints no version",
    ],
  ])("is refused if the API server has %s", async (_case, create, has) => {
    createFakeProgram(first, "etcd", "3.6.8");
    create();
    await expect(find()).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: `KUBEBUILDER_ASSETS=${first} has kube-apiserver ${has}, but the sandbox needs 1.36.x. Put that there, or unset the variable to have it built.`,
    });
  });
});
