import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openAccess } from "../../../adapters/access/connect-cluster.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import {
  connectLean,
  createLeanClient,
} from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { bundleFunctions, type BundledFunction } from "../../../infra/build/bundle-functions.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { pause } from "../../../sandbox/host/pause.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { startFunction, type SandboxFunction } from "../../../sandbox/runtime/function.ts";
import { ASSUMED, startAwsServices, type AwsServices } from "../../support/aws/aws-services.ts";
import {
  startEksAuthenticator,
  type EksAuthenticator,
} from "../../support/kubernetes/eks-authenticator.ts";
import { RECORDS, toPipeline } from "../../support/functions/remediation-world.ts";

const REGION = "us-east-1";
const CLUSTER = "prod";
const ACCOUNTS = "/api/v1/namespaces/kubemend/serviceaccounts";
const BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const RECORD_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/kubemend/rolebindings";
/** The sweep's report for a cluster without records. */
const SWEPT = {
  outcome: "ok",
  payload: { records: 0, woken: 0, compacted: 0, deleted: 0, left: 0, problems: [] },
} as const;
/** The same values that the sandbox's runtime gives to every function. */
const OWN = { accessKeyId: "sandbox", secretAccessKey: "sandbox", username: "kubemend:sweep" };

describe("the sweep's bundle reaches a real API server", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-access-"));
  const stack = new AsyncDisposableStack();
  let bundles: readonly BundledFunction[];
  let controlPlane: ControlPlane;
  let admin: KubernetesClient;
  let aws: AwsServices;
  let authenticator: EksAuthenticator;
  let kubeconfig: string;
  let running: SandboxFunction[] = [];
  let lines: string[] = [];

  beforeAll(async () => {
    aws = stack.use(await startAwsServices());
    const file = join(folder, "authenticator.json");
    authenticator = stack.use(
      await startEksAuthenticator({ clusterName: CLUSTER, region: REGION, file }),
    );
    bundles = await bundleFunctions({ root: findProjectRoot(), folder: join(folder, "functions") });
    controlPlane = await startControlPlane({
      dataDir: join(folder, "control-plane"),
      binaries: await ensureBinaries({}),
      apiOnly: true,
      extraFlags: { "kube-apiserver": authenticator.flags },
    });
    stack.defer(() => controlPlane.stop());
    admin = await connectLean({ kubeconfig: controlPlane.kubeconfig });
    stack.defer(() => admin.close());
    kubeconfig = await install();
    await bindUser("kubemend:sweep", "kubemend-sweep");
  });

  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    [running, lines] = [[], []];
    vi.unstubAllEnvs();
    aws.secrets.clear();
    aws.parameters.clear();
    for (const list of [aws.calls, aws.failures, authenticator.entries, authenticator.verdicts]) {
      list.length = 0;
    }
  });

  afterAll(async () => {
    await stack.disposeAsync();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Creates the sweep's ServiceAccount with its rights; returns a new kubeconfig for it. */
  async function install(): Promise<string> {
    const { sweep } = planPermissions(toPipeline(), builtinCatalog());
    const files = await installAccess({
      client: admin,
      caFile: controlPlane.caFile,
      dir: join(folder, "access"),
      permissions: { sweep },
      crds: listInfraFiles("crds"),
      admission: listInfraFiles("admission"),
    });
    return files.sweep;
  }

  /** Grants the rights to the user name of an access entry: docs/access.md. */
  async function bindUser(user: string, role: string): Promise<void> {
    const apiGroup = "rbac.authorization.k8s.io";
    const body = {
      metadata: { name: `eks-${user}` },
      roleRef: { apiGroup, kind: "ClusterRole", name: role },
      subjects: [{ apiGroup, kind: "User", name: user }],
    };
    await admin.request({ method: "POST", path: BINDINGS, body });
    const roleRef = { ...body.roleRef, kind: "Role" };
    await admin.request({ method: "POST", path: RECORD_BINDINGS, body: { ...body, roleRef } });
  }

  /** Without mirrors. */
  function writePipeline(): string {
    const path = join(folder, "pipeline.json");
    writeFileSync(path, "{}");
    return path;
  }

  function startSweep(
    access: object,
    bundle = join(folder, "functions", "sweep.mjs"),
  ): SandboxFunction {
    const started = startFunction({
      name: "sweep",
      bundle,
      environment: {
        ...aws.environment,
        KUBEMEND_CLUSTER_ACCESS: JSON.stringify(access),
        KUBEMEND_WAKEUPS_QUEUE_URL: "http://127.0.0.1:1/000000000000/wakeups",
        KUBEMEND_TRANSFERS_QUEUE_URL: "http://127.0.0.1:1/000000000000/transfers.fifo",
        KUBEMEND_PIPELINE: writePipeline(),
        KUBEMEND_RELAY_LEASE: "off",
      },
      timeoutMs: 30_000,
      memoryMb: 256,
      concurrency: 1,
      onLog: (line) => lines.push(line),
    });
    running.push(started);
    return started;
  }

  const toEks = (more: object = {}) => ({
    eks: {
      name: CLUSTER,
      region: REGION,
      endpoint: controlPlane.server,
      certificateAuthorityData: readFileSync(controlPlane.caFile).toString("base64"),
      ...more,
    },
  });

  describe("with a packed kubeconfig", () => {
    it("without loading a chunk that only other sources need, and without a call to AWS", async () => {
      const copy = join(folder, "without-chunks");
      cpSync(join(folder, "functions"), copy, { recursive: true });
      const [sweep] = bundles.filter(({ name }) => name === "sweep");
      const rare = (sweep?.lazy ?? []).filter(({ parts }) =>
        parts.some(({ name }) => /client-(secrets-manager|ssm|sts)$/.test(name)),
      );
      expect(rare).toHaveLength(3);
      for (const { file } of rare) {
        writeFileSync(
          file.replace(join(folder, "functions"), copy),
          `throw new Error("this chunk was loaded");`,
        );
      }
      const bundle = join(copy, "sweep.mjs");
      expect(await startSweep({ kubeconfig }, bundle).invoke({})).toEqual(SWEPT);
      expect(aws.calls).toEqual([]);
      expect(await startSweep({ secret: "s" }, bundle).invoke({})).toMatchObject({
        message: "this chunk was loaded",
      });
    });
  });

  describe.each([
    ["a secret", { secret: "kubemend-prod/sweep" }, "secretsmanager.GetSecretValue", "secrets"],
    ["a parameter", { parameter: "/kubemend-prod/sweep" }, "AmazonSSM.GetParameter", "parameters"],
  ] as const)("with a kubeconfig in %s", (_what, access, operation, store) => {
    const name = "secret" in access ? access.secret : access.parameter;
    const call = `${operation} ${name} by sandbox`;

    it("that it reads once for all invocations, and never prints", async () => {
      aws[store].set(name, readFileSync(kubeconfig, "utf8"));
      const sweep = startSweep(access);
      expect(await sweep.invoke({})).toEqual(SWEPT);
      expect(await sweep.invoke({})).toEqual(SWEPT);
      expect(aws.calls).toEqual([call]);
      const [, token = ""] = /token"?: "?([-\w.]+)/.exec(readFileSync(kubeconfig, "utf8")) ?? [];
      expect(token).not.toBe("");
      expect(lines.join("\n")).not.toContain(token);
    });

    it("that is missing at first, and is read by the next invocation once it exists", async () => {
      const sweep = startSweep(access);
      expect(await sweep.invoke({})).toMatchObject({
        outcome: "error",
        message: expect.stringMatching(/NotFound.*check its name, region and account/s),
      });
      aws[store].set(name, readFileSync(kubeconfig, "utf8"));
      expect(await sweep.invoke({})).toEqual(SWEPT);
    });

    it("that its role may not read: the missing permission is named", async () => {
      // Each of its parts asks: guards, groups of alerts, records.
      aws.failures.push(...Array.from({ length: 3 }, () => "AccessDeniedException"));
      expect(await startSweep(access).invoke({})).toMatchObject({
        outcome: "error",
        message: expect.stringMatching(/give the function's role (secretsmanager|ssm):Get/),
      });
    });

    it("even if AWS throttles at first", async () => {
      aws[store].set(name, readFileSync(kubeconfig, "utf8"));
      aws.failures.push("ThrottlingException");
      expect(await startSweep(access).invoke({})).toEqual(SWEPT);
      expect(aws.calls).toEqual([call, call]);
    });
  });

  it("from a secret whose token is rotated while the function is warm", async () => {
    const access = { secret: "kubemend-prod/sweep" };
    aws.secrets.set(access.secret, readFileSync(kubeconfig, "utf8"));
    const sweep = startSweep(access);
    expect(await sweep.invoke({})).toEqual(SWEPT);
    const old = await connectLean({ kubeconfig });
    stack.defer(() => old.close());
    await admin.request({ method: "DELETE", path: `${ACCOUNTS}/kubemend-sweep` });
    kubeconfig = await install();
    aws.secrets.set(access.secret, readFileSync(kubeconfig, "utf8"));
    await untilRefused(old);
    expect(await sweep.invoke({})).toEqual(SWEPT);
    expect(aws.calls).toHaveLength(2);
  });

  /** The API server caches a token's verdict for some 10 s. */
  async function untilRefused(client: KubernetesClient): Promise<void> {
    for (;;) {
      try {
        await client.request({ method: "GET", path: "/api" });
      } catch (error) {
        if (isKubemendError(error, "Unauthorized")) return;
        throw error;
      }
      await pause(500);
    }
  }

  describe("with its own AWS identity on EKS", () => {
    it("with a token that the cluster verifies, and no call to AWS", async () => {
      authenticator.entries.push(OWN);
      const sweep = startSweep(toEks());
      expect(await sweep.invoke({})).toEqual(SWEPT);
      expect(await sweep.invoke({})).toEqual(SWEPT);
      expect(new Set(authenticator.verdicts)).toEqual(new Set(["kubemend:sweep"]));
      expect(aws.calls).toEqual([]);
    });

    it("with a role that it assumes", async () => {
      const { accessKeyId, secretAccessKey } = ASSUMED;
      authenticator.entries.push({ accessKeyId, secretAccessKey, username: "kubemend:sweep" });
      const roleArn = "arn:aws:iam::123456789012:role/kubemend-prod-sweep";
      expect(await startSweep(toEks({ roleArn })).invoke({})).toEqual(SWEPT);
      expect(aws.calls).toEqual([`AssumeRole ${roleArn} by sandbox`]);
    });

    it("and reports what is missing if it has no access entry", async () => {
      // Tokens made in the same second are equal, and the API server caches one that it has accepted.
      const second = Math.floor(Date.now() / 1000);
      while (Math.floor(Date.now() / 1000) === second) await pause(20);
      expect(await startSweep(toEks()).invoke({})).toMatchObject({
        outcome: "error",
        message: expect.stringMatching(
          /401.*give the function's role an access entry in EKS cluster prod in us-east-1/s,
        ),
      });
      expect(new Set(authenticator.verdicts)).toEqual(new Set(["no access entry for sandbox"]));
      expect(lines.join("\n")).not.toContain("k8s-aws-v1.");
    });

    it("and is refused if the token is for a cluster of another name", async () => {
      authenticator.entries.push(OWN);
      expect(await startSweep(toEks({ name: "other" })).invoke({})).toMatchObject({
        outcome: "error",
      });
      expect(new Set(authenticator.verdicts)).toEqual(new Set(["signature"]));
    });

    it("under exactly the user name that the admission policy expects", async () => {
      const sample = join(findProjectRoot(), "events/samples/record-v1alpha1/valid");
      const text = readFileSync(join(sample, "no-status-yet.json"), "utf8");
      const { apiVersion, kind, spec } = JSON.parse(text) as Record<string, unknown>;
      const create = async (username: string): Promise<unknown> => {
        authenticator.entries.push({ ...OWN, accessKeyId: username, username });
        await bindUser(username, "cluster-admin");
        vi.stubEnv("AWS_ACCESS_KEY_ID", username);
        vi.stubEnv("AWS_SECRET_ACCESS_KEY", OWN.secretAccessKey);
        const client = createLeanClient(openAccess({ type: "eks", ...toEks().eks }, Date.now));
        stack.defer(() => client.close());
        const body = { apiVersion, kind, spec, metadata: { name: "made-on-eks" } };
        return client.request({ method: "POST", path: RECORDS, body });
      };
      for (const username of ["eve", "kubemend:normalize"]) {
        await expect(create(username)).rejects.toThrow(
          "only the remediate function creates records",
        );
      }
      await expect(create("kubemend:remediate")).resolves.toMatchObject({ kind: "Remediation" });
      await expect(
        admin.request({ method: "DELETE", path: `${RECORDS}/made-on-eks` }),
      ).rejects.toThrow("only the sweep function deletes records");
    });
  });
});
