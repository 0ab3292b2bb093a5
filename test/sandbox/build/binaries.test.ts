import { accessSync, constants, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import type { Progress } from "../../../sandbox/build/progress.ts";
import { createFakeGo, type FakeGo } from "./support/fake-go.ts";
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
  const filesInCache = (): readonly string[] =>
    readdirSync(cacheDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("build.lock"))
      .map((entry) => entry.name);

  it("are built once, and then come from the cache without Go", async () => {
    const first = await ensure();
    for (const path of Object.values(first)) accessSync(path, constants.X_OK);
    expect(filesInCache().toSorted()).toEqual([
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    ]);
    expect(go.builds()).toHaveLength(5);
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
    expect(messages).toContain("building kube-apiserver 1.36.3 (2 of 5)");
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

  it("are reported with the share that is compiled", async () => {
    const reported: Progress[] = [];
    await ensureBinaries({
      cacheDir,
      environment: { ...go.environment, FAKE_GO_PACKAGES: "9999" },
      progress: (progress) => reported.push(progress),
    });
    const shares = reported.flatMap(({ stage, done }) =>
      stage !== "built" && done !== undefined ? [done] : [],
    );
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    // etcd is compiled before kube-apiserver is begun, and everything else before kwok.
    expect(shares.map((share) => Math.round(share * 3530))).toEqual(
      expect.arrayContaining([570, 2140, 2530]),
    );
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it("leave no partial binary and no compiler behind when the build is interrupted", async () => {
    const abort = new AbortController();
    const building = ensure({ FAKE_GO_SLEEP: "31.4159" }, abort.signal);
    const settled = toReason(building);
    await until(() => findProcesses("sleep 31.4159").length > 0);
    abort.abort(new Error("stopped by the user"));
    expect(await settled).toBe(abort.signal.reason);
    await until(() => findProcesses("sleep 31.4159").length === 0);
    expect(filesInCache().filter((name) => !name.endsWith(".part"))).toEqual([]);

    const binaries = await ensure();
    expect(filesInCache()).toHaveLength(5);
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
    expect(go.builds()).toHaveLength(5);
    expect(reported[0]?.message).toBe(
      `waiting for another process (${process.pid}) that is building the control plane`,
    );
  });

  it("use etcd and kube-apiserver from KUBEBUILDER_ASSETS, and build the rest", async () => {
    const assets = join(folder.path, "assets");
    mkdirSync(assets);
    for (const name of ["etcd", "kube-apiserver"]) {
      writeFileSync(join(assets, name), "", { mode: 0o755 });
    }
    const binaries = await ensure({ KUBEBUILDER_ASSETS: assets });
    expect(binaries.etcd).toBe(join(assets, "etcd"));
    expect(go.builds().map((path) => basename(path))).toEqual([
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    ]);
  });

  it("are rebuilt one by one: existing binaries stay", async () => {
    const binaries = await ensure();
    rmSync(binaries.kwok);
    await ensure();
    expect(go.builds()).toHaveLength(6);
    expect(go.builds().at(-1)).toBe("sigs.k8s.io/kwok/cmd/kwok");
    expect(readdirSync(dirname(binaries.kwok))).toEqual(["kwok"]);
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
