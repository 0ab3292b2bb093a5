import { accessSync, constants, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import type { Progress } from "../../../sandbox/build/progress.ts";
import { createFakeGo, type FakeGo } from "./support/fake-go.ts";
import { createFakeProgram } from "./support/fake-program.ts";
import { findProcesses, until } from "../host/support/processes.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** Handles a rejection from the start, so that it is never an unhandled one. */
async function toReason(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("the control plane's binaries", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let cacheDir: string;
  let go: FakeGo;
  beforeEach(() => {
    folder = temporaryFolder();
    cacheDir = join(folder.path, "cache");
    go = createFakeGo(folder.path);
  });
  afterEach(() => folder[Symbol.dispose]());

  const ensure = (
    variables: NodeJS.ProcessEnv = {},
    signal?: AbortSignal,
  ): ReturnType<typeof ensureBinaries> =>
    ensureBinaries({ cacheDir, environment: { ...go.environment, ...variables } }, signal);
  const programsInCache = (): readonly string[] =>
    readdirSync(cacheDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("build.lock"))
      .filter(({ parentPath }) => !parentPath.endsWith(".part"))
      .map((entry) => entry.name);

  it("are built once, with one call of Go, and then come from the cache without Go", async () => {
    const first = await ensure();
    for (const path of Object.values(first)) accessSync(path, constants.X_OK);
    expect(programsInCache().toSorted()).toEqual([
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    ]);
    expect(go.builds()).toEqual([
      [
        "go.etcd.io/etcd/server/v3",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-scheduler",
        "sigs.k8s.io/kwok/cmd/kwok",
      ],
    ]);
    expect(await ensure({ PATH: "/nowhere" })).toEqual(first);
  });

  it("are reported at each step of a build", async () => {
    const reported: Progress[] = [];
    await ensureBinaries({
      cacheDir,
      environment: go.environment,
      progress: (progress) => reported.push(progress),
    });
    const messages = reported.map(({ message }) => message);
    expect(messages).toContain("building 5 programs of the control plane");
    expect(messages.at(-1)).toBe(
      "built etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok",
    );
    const times = reported.map(({ elapsedMs }) => elapsedMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("are reported every second of a long build", async () => {
    const reported: Progress[] = [];
    const abort = new AbortController();
    const building = ensureBinaries(
      {
        cacheDir,
        environment: { ...go.environment, FAKE_GO_SLEEP: "30" },
        progress: (progress) => reported.push(progress),
      },
      abort.signal,
    );
    const settled = toReason(building);
    await until(() => reported.some(({ stageElapsedMs }) => stageElapsedMs > 900));
    abort.abort(new Error("enough"));
    expect(await settled).toBe(abort.signal.reason);
  });

  it("are reported with the share of the packages that is compiled", async () => {
    const reported: Progress[] = [];
    await ensureBinaries({
      cacheDir,
      environment: {
        ...go.environment,
        FAKE_GO_STALE: "8",
        FAKE_GO_PACKAGES: "2",
        FAKE_GO_SLEEP: "1.1",
      },
      progress: (progress) => reported.push(progress),
    });
    expect(reported.findLast(({ stage }) => stage !== "built")?.done).toBe(2 / 8);
  });

  it("leave no partial binary and no compiler behind when the build is interrupted", async () => {
    const abort = new AbortController();
    const building = ensure({ FAKE_GO_SLEEP: "31.4159" }, abort.signal);
    const settled = toReason(building);
    await until(() => findProcesses("sleep 31.4159").length > 0);
    abort.abort(new Error("stopped by the user"));
    expect(await settled).toBe(abort.signal.reason);
    await until(() => findProcesses("sleep 31.4159").length === 0);
    expect(programsInCache()).toEqual([]);

    const binaries = await ensure();
    expect(programsInCache()).toHaveLength(5);
    accessSync(binaries.etcd, constants.X_OK);
  });

  it("are built by one of two concurrent starts, while the other waits and reports it", async () => {
    const reported: Progress[] = [];
    const slow = ensure({ FAKE_GO_SLEEP: "0.2" });
    const waiting = ensureBinaries({
      cacheDir,
      environment: go.environment,
      progress: (progress) => reported.push(progress),
    });
    expect(await waiting).toEqual(await slow);
    expect(go.builds()).toHaveLength(1);
    expect(reported[0]?.message).toBe(
      `waiting for another process (${process.pid}) that is building the control plane`,
    );
  });

  it("use etcd and kube-apiserver from KUBEBUILDER_ASSETS, and build the rest", async () => {
    await ensure();
    const assets = join(folder.path, "assets");
    const etcd = createFakeProgram(assets, "etcd", "3.6.8");
    createFakeProgram(assets, "kube-apiserver", "1.36.3");
    rmSync(cacheDir, { recursive: true });
    const binaries = await ensure({ KUBEBUILDER_ASSETS: assets });
    expect(binaries.etcd).toBe(etcd);
    expect(go.builds().at(-1)).toEqual([
      "k8s.io/kubernetes/cmd/kube-controller-manager",
      "k8s.io/kubernetes/cmd/kube-scheduler",
      "sigs.k8s.io/kwok/cmd/kwok",
    ]);
  });

  it("come from the PATH instead of a build, which is reported in one line", async () => {
    const kwok = createFakeProgram(join(folder.path, "bin"), "kwok", "0.8.9");
    const reported: Progress[] = [];
    const binaries = await ensureBinaries({
      cacheDir,
      environment: go.environment,
      progress: (progress) => reported.push(progress),
    });
    expect(binaries.kwok).toBe(kwok);
    expect(go.builds()[0]).not.toContain("sigs.k8s.io/kwok/cmd/kwok");
    expect(reported[0]).toMatchObject({
      stage: "found",
      message: `using kwok 0.8.9 from ${dirname(kwok)}`,
    });
  });

  it("come from the cache rather than from the PATH", async () => {
    const built = await ensure();
    createFakeProgram(join(folder.path, "bin"), "kwok", "0.8.9");
    expect(await ensure()).toEqual(built);
  });

  it("need no Go if all are on the PATH", async () => {
    const bin = join(folder.path, "programs");
    createFakeProgram(bin, "etcd", "3.6.8");
    createFakeProgram(bin, "kwok", "0.8.0");
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      createFakeProgram(bin, name, "1.36.3");
    }
    const binaries = await ensure({ PATH: `${bin}:/usr/bin:/bin` });
    expect(Object.values(binaries).map((path) => dirname(path))).toEqual([bin, bin, bin, bin, bin]);
    expect(go.builds()).toEqual([]);
  });

  it("are rebuilt one by one: existing binaries stay", async () => {
    const binaries = await ensure();
    rmSync(binaries.kwok);
    await ensure();
    expect(go.builds().at(-1)).toEqual(["sigs.k8s.io/kwok/cmd/kwok"]);
    expect(readdirSync(dirname(binaries.kwok)).toSorted()).toEqual(
      Object.keys(binaries).toSorted(),
    );
  });

  it.each([
    ["there is no Go", { PATH: "/nowhere" }, /Go 1\.26\.0 or newer was not found.*go\.dev\/dl/],
    [
      "Go is too old",
      { FAKE_GO_VERSION: "go1.22.4" },
      /The Go on the PATH is go1\.22\.4; Go 1\.26\.0 or newer is needed/,
    ],
    [
      "the disk is full",
      { FAKE_GO_FAILURE: "write /x: no space left on device" },
      /etcd .* could not be built\. The disk is full/,
    ],
    [
      "the network is cut",
      { FAKE_GO_FAILURE: "Get https://example.com: dial tcp: lookup failed" },
      /Check the network, or set GOPROXY/,
    ],
    [
      "the compiler complains",
      { FAKE_GO_FAILURE: "x.go:1: syntax error", FAKE_GO_PACKAGES: "3" },
      /Go says:\nx\.go:1: syntax error$/,
    ],
    [
      "KUBEBUILDER_ASSETS is empty",
      { KUBEBUILDER_ASSETS: "/nowhere" },
      /KUBEBUILDER_ASSETS=\/nowhere does not contain an executable etcd or kube-apiserver/,
    ],
  ])("are refused in one clear message when %s", async (_case, variables, message) => {
    await expect(ensure(variables)).rejects.toMatchObject({
      name: "KubemendError",
      code: "InvalidConfiguration",
      retryable: false,
      message: expect.stringMatching(message),
    });
  });
});
