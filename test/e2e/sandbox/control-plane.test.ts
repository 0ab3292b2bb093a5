import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { installAccess, type Identity } from "../../../sandbox/access/install-access.ts";
import { ensureBinaries, type Binaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import type { ProcessExit } from "../../../sandbox/control-plane/managed-process.ts";
import { findProcesses, until } from "../../sandbox/host/support/processes.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import {
  createJob,
  createPod,
  getJobEnd,
  getPhase,
  untilValue,
} from "../../sandbox/control-plane/support/workloads.ts";

const OWNER = join(
  import.meta.dirname,
  "../../sandbox/control-plane/support/control-plane-owner.ts",
);
const CRD = join(import.meta.dirname, "../../sandbox/control-plane/support/crd.yaml");

describe("the sandbox's control plane", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let dataDir: string;
  let binaries: Binaries;
  let controlPlane: ControlPlane;
  let client: KubernetesClient;
  let readyAfterMs: number;
  const exits: ProcessExit[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    dataDir = join(folder.path, "control-plane");
    binaries = await ensureBinaries({
      progress: ({ message }) => process.stderr.write(`${message}\n`),
    });
    const startedAt = performance.now();
    controlPlane = await startControlPlane({
      dataDir,
      binaries,
      onExit: (exit) => exits.push(exit),
    });
    readyAfterMs = performance.now() - startedAt;
    client = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  });

  afterAll(async () => {
    await client?.close();
    await controlPlane?.stop();
    folder?.[Symbol.dispose]();
  });

  it("is ready within 15 seconds, and is the version that its go.mod names", () => {
    expect(readyAfterMs).toBeLessThan(15_000);
    expect(controlPlane.version).toBe("1.36.3");
  });

  it("refuses requests without a token, and clients verify the server's certificate", async () => {
    const answer = await client.stream({ method: "GET", path: "/api/v1/pods" });
    answer.body.resume();
    expect(answer.status).toBe(200);
    await expect(fetch(`${controlPlane.server}/api/v1/pods`)).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/) },
    });
  });

  it.each([
    ["true", ["true"], {}, "Complete"],
    ["script that ends well", ["sh", "-c", "echo yes; exit 0"], {}, "Complete"],
    ["command with false as its last argument", ["backup", "--dry-run", "false"], {}, "Complete"],
    ["false", ["false"], {}, "Failed BackoffLimitExceeded"],
    [
      "script that ends in exit 1",
      ["sh", "-c", "echo no; exit 1"],
      {},
      "Failed BackoffLimitExceeded",
    ],
    ["pod that is set to fail", ["true"], { fail: true }, "Failed BackoffLimitExceeded"],
  ])(
    "ends a Job of a %s as it should",
    async (_about, command, { fail }: { fail?: boolean }, end) => {
      const name = await createJob(client, command, fail === true ? "fail" : undefined);
      expect(await untilValue(() => getJobEnd(client, name))).toBe(end);
    },
  );

  it("keeps pods that are set to hang running, and a Deployment's pods whatever their command", async () => {
    const job = await createJob(client, ["false"], "hang");
    await createPod(client, { name: "kept", command: ["false"], restartPolicy: "Always" });
    await createPod(client, { name: "ends", command: ["false"], restartPolicy: "Never" });
    await untilValue(async () => (await getPhase(client, "ends")) === "Failed" || undefined);
    expect(await getPhase(client, "kept")).toBe("Running");
    expect(await getJobEnd(client, job)).toBeUndefined();
    await client.request({ method: "DELETE", path: "/api/v1/namespaces/default/pods/kept" });
    await untilValue(async () => (await getPhase(client, "kept")) === undefined || undefined);
  });

  it("gives each part of Kubemend its own rights: the relay reads pods and gets a real 403 for writing one", async () => {
    const read = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] };
    const install = (): Promise<Readonly<Record<Identity, string>>> =>
      installAccess({
        client,
        caFile: controlPlane.caFile,
        dir: join(dataDir, "access"),
        permissions: { relay: [read], normalize: [], remediate: [], notify: [] },
        crds: [CRD],
        namespaces: ["demo"],
      });
    await install();
    const { relay, notify } = await install();
    const asRelay = await connectLean({ kubeconfig: relay });
    const asNotify = await connectLean({ kubeconfig: notify });
    const list = { method: "GET", path: "/api/v1/namespaces/demo/pods" } as const;
    await asRelay.request(list);
    await expect(createPod(asRelay, { name: "mine", command: ["true"] })).rejects.toMatchObject({
      code: "Forbidden",
      message: expect.stringContaining("system:serviceaccount:kubemend:kubemend-relay"),
    });
    await expect(asNotify.request(list)).rejects.toMatchObject({ code: "Forbidden" });
    await client.request({ method: "GET", path: "/apis/sandbox.kubemend.dev/v1/widgets" });
    await Promise.all([asRelay.close(), asNotify.close()]);
  });

  it("is refused a second time in the same folder while it runs", async () => {
    await expect(startControlPlane({ dataDir, binaries })).rejects.toMatchObject({
      code: "StateFolder",
      message: expect.stringContaining(`(process ${process.pid})`),
    });
  });

  it("runs beside another one, which can be the API alone", async () => {
    const other = join(folder.path, "other");
    const api = await startControlPlane({ dataDir: other, binaries, apiOnly: true });
    expect(Object.keys(api.running())).toEqual(["etcd", "kube-apiserver"]);
    expect(api.server).not.toBe(controlPlane.server);
    await Promise.all([api.stop(), api.stop()]);
    await until(() => findProcesses(other).length === 0);
  });

  it("leaves nothing behind when its start is interrupted", async () => {
    const dir = join(folder.path, "interrupted");
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("stopped by the user")), 1_000);
    await expect(startControlPlane({ dataDir: dir, binaries }, abort.signal)).rejects.toThrow(
      "stopped by the user",
    );
    await until(() => findProcesses(dir).length === 0);
  });

  it("reports the output of a program that does not start", async () => {
    const dir = join(folder.path, "refused");
    const extraFlags = { "kube-apiserver": ["--feature-gates=NoSuchGate=true"] };
    await expect(startControlPlane({ dataDir: dir, binaries, extraFlags })).rejects.toMatchObject({
      code: "Unavailable",
      message: expect.stringMatching(/kube-apiserver exited unexpectedly.*NoSuchGate.*log is /s),
    });
    await until(() => findProcesses(dir).length === 0);
  });

  it("reports to its owner which program died, with the last lines of its log", async () => {
    process.kill(controlPlane.running()["kube-scheduler"] ?? 0, "SIGKILL");
    await until(() => exits.length > 0);
    expect(exits[0]).toMatchObject({ name: "kube-scheduler", signal: "SIGKILL" });
    expect(exits[0]?.lastLines.length).toBeGreaterThan(0);
    await controlPlane.startProcess("kube-scheduler");
  });

  it("restarts its API server on the same port and data, with other flags", async () => {
    const before = controlPlane.running()["kube-apiserver"];
    const job = await createJob(client, ["true"]);
    await controlPlane.restart("kube-apiserver", ["--feature-gates=WatchList=false"]);
    expect(controlPlane.running()["kube-apiserver"]).not.toBe(before);
    expect(await untilValue(() => getJobEnd(client, job))).toBe("Complete");
    expect(exits).toHaveLength(1);
  });

  it("compacts its history on request: an older resourceVersion is gone", async () => {
    // Events are not in the API server's watch cache: the answer is etcd's own.
    const events = { method: "GET", path: "/api/v1/namespaces/default/events" } as const;
    const { metadata } = await client.request<{ metadata: { resourceVersion: string } }>(events);
    const query = { resourceVersion: metadata.resourceVersion, resourceVersionMatch: "Exact" };
    await createPod(client, { name: "newer", command: ["true"] });
    await client.request({ ...events, query });
    expect(await controlPlane.compactHistory()).toBeGreaterThan(Number(metadata.resourceVersion));
    await expect(client.request({ ...events, query })).rejects.toMatchObject({ code: "Expired" });
  });

  it("starts again on its data, and a SIGKILL of its owner leaves no process behind", async () => {
    await controlPlane.stop();
    await until(() => findProcesses(dataDir).length === 0);
    const owner = spawn(process.execPath, [OWNER, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const { kubeconfig, pids } = JSON.parse(line.toString()) as {
      kubeconfig: string;
      pids: Record<string, number>;
    };
    expect(Object.keys(pids)).toHaveLength(5);
    const again = await connectLean({ kubeconfig });
    expect(again.server).toBe(controlPlane.server);
    await again.request({ method: "GET", path: "/api/v1/namespaces/demo" });
    await again.close();
    owner.kill("SIGKILL");
    await until(() => findProcesses(dataDir).length === 0);
  });
});
