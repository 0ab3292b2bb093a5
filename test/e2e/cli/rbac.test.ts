/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { toRbac } from "../../../cli/validate/to-rbac.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";

type Json = Readonly<Record<string, unknown>>;
type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const NAMESPACES = ["kubemend", "team-a", "team-b", "other"];
const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

/** Two named namespaces, a third in reach; a custom resource in one of them; approval. */
const PIPELINE = toPipeline([
  {
    id: "rerun",
    on: { resource: "jobs.batch", namespaces: ["team-a"] },
    where: FAILED,
    once: "object",
    reach: ["team-b"],
    guards: { mode: "approval" },
    then: [
      { createJobFromCronJob: { cronJob: { namespace: "team-b", name: "backup" } } },
      { alert: { to: "team", summary: "'failed'" } },
    ],
  },
  {
    id: "widget",
    on: { resource: "widgets.example.com", namespaces: ["team-a"] },
    once: "object",
    then: [{ createJobFromCronJob: { cronJob: { name: "backup" } } }],
  },
]);

function toPipeline(rules: readonly object[]): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "test" } };
  const parsed = parsePipeline({ ...head, rules });
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

/** `verb resource.group[/subresource][:name] [namespace]` */
function toAttributes(probe: string): Json {
  const [verb = "", what = "", namespace] = probe.split(" ");
  const [target = "", name] = what.split(":");
  const [path = "", subresource] = target.split("/");
  const [resource = "", ...group] = path.split(".");
  return { verb, group: group.join("."), resource, subresource, name, namespace };
}

/** The requests that each identity may make, and similar ones that it may not. */
const PROBES: Readonly<
  Record<string, { readonly allowed: readonly string[]; readonly denied: readonly string[] }>
> = {
  relay: {
    allowed: [
      "get namespaces:kube-system",
      "get jobs.batch team-a",
      "list jobs.batch team-a",
      "watch jobs.batch team-a",
      "get widgets.example.com team-a",
      "list widgets.example.com team-a",
      "watch widgets.example.com team-a",
      "get customresourcedefinitions.apiextensions.k8s.io:widgets.example.com",
      "list remediations.kubemend.dev",
      "watch remediations.kubemend.dev",
      "create leases.coordination.k8s.io kubemend",
      "get leases.coordination.k8s.io:kubemend-relay kubemend",
      "update leases.coordination.k8s.io:kubemend-relay kubemend",
    ],
    denied: [
      "get namespaces:default",
      "list namespaces",
      "list jobs.batch",
      "watch jobs.batch team-b",
      "list jobs.batch other",
      "list widgets.example.com other",
      "create jobs.batch team-a",
      "update remediations.kubemend.dev/status kubemend",
      "create remediations.kubemend.dev kubemend",
      "update leases.coordination.k8s.io:other kubemend",
      "get leases.coordination.k8s.io:kubemend-relay kube-system",
      "create leases.coordination.k8s.io kube-system",
      "delete leases.coordination.k8s.io:kubemend-relay kubemend",
      "get secrets kubemend",
      "get customresourcedefinitions.apiextensions.k8s.io:others.example.com",
    ],
  },
  normalize: {
    allowed: [
      "get namespaces:kube-system",
      "get jobs.batch team-a",
      "get widgets.example.com team-a",
    ],
    denied: [
      "list jobs.batch team-a",
      "get jobs.batch team-b",
      "get widgets.example.com other",
      "get remediations.kubemend.dev kubemend",
      "create jobs.batch team-a",
    ],
  },
  remediate: {
    allowed: [
      "get namespaces:kube-system",
      // Their namespaces are read for the opt-out.
      "get namespaces:team-a team-a",
      "get namespaces:team-b team-b",
      "create remediations.kubemend.dev kubemend",
      "get remediations.kubemend.dev kubemend",
      "list remediations.kubemend.dev kubemend",
      "update remediations.kubemend.dev/status kubemend",
      "create events.events.k8s.io team-a",
      "get jobs.batch team-a",
      "list jobs.batch team-a",
      "create jobs.batch team-a",
      "create jobs.batch team-b",
      "list jobs.batch team-b",
      "get cronjobs.batch:backup team-b",
      "update cronjobs.batch/finalizers:backup team-b",
      "get widgets.example.com team-a",
      "get cronjobs.batch:backup team-a",
    ],
    denied: [
      "create jobs.batch kube-system",
      "create jobs.batch other",
      "create jobs.batch",
      "delete jobs.batch team-a",
      "create remediations.kubemend.dev team-a",
      "create remediations.kubemend.dev default",
      "update remediations.kubemend.dev kubemend",
      "delete remediations.kubemend.dev kubemend",
      "update remediations.kubemend.dev/status team-a",
      "create events.events.k8s.io team-b",
      "create events.events.k8s.io kube-system",
      "get widgets.example.com team-b",
      "get cronjobs.batch other",
      // The rule names one CronJob there.
      "get cronjobs.batch:other team-b",
      "update cronjobs.batch/finalizers:other team-b",
      "get secrets kubemend",
      "get namespaces:other other",
      "list namespaces",
    ],
  },
  sweep: {
    allowed: [
      "list remediations.kubemend.dev kubemend",
      "delete remediations.kubemend.dev kubemend",
      "update remediations.kubemend.dev/status kubemend",
      "get jobs.batch team-a",
      "get widgets.example.com team-a",
    ],
    denied: [
      "create remediations.kubemend.dev kubemend",
      "delete remediations.kubemend.dev team-a",
      "get jobs.batch other",
      "create jobs.batch team-a",
    ],
  },
};

describe("the manifests that `validate --rbac` prints, applied", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-rbac-"));
  let controlPlane: ControlPlane;
  let admin: KubernetesClient;

  beforeAll(async () => {
    const binaries = await ensureBinaries({});
    const dataDir = join(folder, "control-plane");
    controlPlane = await startControlPlane({ dataDir, binaries, apiOnly: true });
    admin = await connectLean({ kubeconfig: controlPlane.kubeconfig });
    for (const name of NAMESPACES) {
      const path = "/api/v1/namespaces";
      await admin.request({ method: "POST", path, body: { metadata: { name } } });
    }
    const documents = parseAllDocuments(toRbac(PIPELINE));
    for (const document of "empty" in documents ? [] : documents) {
      const body = document.toJS() as Manifest;
      const { namespace } = body.metadata;
      const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
      const path = `${RBAC}${within}/${body.kind.toLowerCase()}s`;
      await admin.request({ method: "POST", path, body });
    }
  });

  afterAll(async () => {
    await admin?.close();
    await controlPlane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function mayDo(user: string, probe: string): Promise<boolean> {
    const answer = await admin.request<{ readonly status: { readonly allowed: boolean } }>({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user, resourceAttributes: toAttributes(probe) },
      },
    });
    return answer.status.allowed;
  }

  it.each(Object.entries(PROBES))(
    "allow %s everything that it needs, and none of the similar requests",
    async (part, { allowed, denied }) => {
      const users =
        part === "relay"
          ? [`system:serviceaccount:kubemend:kubemend-${part}`]
          : [`system:serviceaccount:kubemend:kubemend-${part}`, `kubemend:${part}`];
      for (const user of users) {
        const answers: (readonly [string, boolean])[] = [];
        for (const probe of [...allowed, ...denied]) {
          answers.push([probe, await mayDo(user, probe)]);
        }
        expect(answers).toEqual([
          ...allowed.map((probe) => [probe, true]),
          ...denied.map((probe) => [probe, false]),
        ]);
      }
    },
  );
});
