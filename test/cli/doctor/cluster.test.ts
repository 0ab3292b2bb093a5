import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkApiServer, checkEndpoint } from "../../../cli/doctor/check-api-server.ts";
import { checkLease, compareDigests } from "../../../cli/doctor/check-relay.ts";
import { checkDefinitions, checkPolicies } from "../../../cli/doctor/check-resources.ts";
import { checkRights } from "../../../cli/doctor/check-rights.ts";
import { runCheck } from "../../../cli/doctor/finding.ts";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { KubemendError } from "../../../core/errors.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import {
  createScriptedClient,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

const NOW = Date.UTC(2026, 0, 1);
const signal = AbortSignal.timeout(60_000);

describe("the API server", () => {
  const check = (version: string, watchList: ScriptedAnswer, serverMs: number) => {
    const headers = { date: new Date(serverMs).toUTCString() };
    const { client } = createScriptedClient(({ path }) =>
      path === "/version" ? { body: { gitVersion: version }, headers } : watchList,
    );
    return checkApiServer(client, () => NOW)(signal);
  };

  it("passes with a supported version, WatchList and a clock like ours", async () => {
    expect(await check("v1.33.4-eks-abc", { lines: [] }, NOW)).toMatchObject([
      { check: "API server", outcome: "ok", message: "v1.33.4-eks-abc" },
      { check: "WatchList", outcome: "ok", message: "served" },
      { check: "clock", outcome: "ok" },
    ]);
  });

  it.each(["v1.29.9", "v1.37.0", "unknown"])("of version %s fails", async (version) => {
    const [first] = await check(version, { lines: [] }, NOW);
    expect(first).toMatchObject({ outcome: "failed", fix: "upgrade the cluster, or Kubemend" });
  });

  it("needs no WatchList", async () => {
    const [, second] = await check("v1.31.0", { status: 422, body: {} }, NOW);
    expect(second).toMatchObject({
      outcome: "ok",
      message: expect.stringMatching(/LIST and WATCH/),
    });
  });

  it.each([401, 403])("says nothing of WatchList to who may not watch (%i)", async (status) => {
    const [, second] = await check("v1.31.0", { status, body: {} }, NOW);
    expect(second).toMatchObject({ check: "WatchList", outcome: "skipped" });
  });

  it("must be that of the settings", async () => {
    const [same] = await checkEndpoint("https://a.invalid", "https://A.invalid/")(signal);
    const [other] = await checkEndpoint("https://b.invalid", "https://a.invalid")(signal);
    const [unknown] = await checkEndpoint("https://b.invalid", undefined)(signal);
    expect([same?.outcome, other?.outcome, unknown?.outcome]).toEqual(["ok", "failed", "skipped"]);
    expect(other?.message).toBe(
      "the context is of https://b.invalid, and KUBEMEND_EKS_ENDPOINT is https://a.invalid",
    );
  });

  it.each([-90_000, 90_000])("fails if its clock differs by %i ms", async (skewMs) => {
    const [, , third] = await check("v1.31.0", { lines: [] }, NOW + skewMs);
    expect(third).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(/by (89|90) s/),
    });
  });
});

/** A client whose requests a function answers. */
function answering(answer: (request: KubernetesRequest) => unknown): KubernetesClient {
  return {
    server: "https://cluster.invalid",
    request: async <T>(request: KubernetesRequest) => answer(request) as T,
    stream: () => Promise.reject(new Error("not served")),
    close: async () => {},
  };
}

function fail(code: "NotFound" | "Forbidden"): never {
  throw new KubemendError(code, code, { retryable: false });
}

describe("the relay's Lease", () => {
  it("passes if it changes while it is looked at", async () => {
    let version = 0;
    const client = answering(() => {
      version += 1;
      return {
        metadata: { resourceVersion: String(version) },
        spec: { holderIdentity: "relay-0" },
      };
    });
    expect(await checkLease(client, "kubemend", 20)(signal)).toMatchObject([
      { outcome: "ok", message: "relay-0 holds and renews it" },
    ]);
  });

  it.each([
    ["does not exist", undefined, /there is no Lease kubemend\/kubemend-relay/],
    [
      "is free",
      { metadata: { resourceVersion: "1" }, spec: { holderIdentity: "" } },
      /nobody holds it/,
    ],
    [
      "is not renewed",
      { metadata: { resourceVersion: "1" }, spec: { holderIdentity: "relay-0" } },
      /relay-0 has not renewed it/,
    ],
  ])("fails if it %s", async (_, lease, message) => {
    const client = answering(() => lease ?? fail("NotFound"));
    expect(await checkLease(client, "kubemend", 20)(signal)).toMatchObject([
      {
        outcome: "failed",
        message: expect.stringMatching(message),
        fix: expect.stringContaining("logs"),
      },
    ]);
  });
});

describe("definitions and policies", () => {
  const root = findProjectRoot();
  const status = { conditions: [{ type: "Established", status: "True" }] };
  const FILES: Readonly<Record<string, string>> = {
    alertgroups: "alert-groups",
    movesteps: "move-steps",
  };
  /** A definition as the API server returns it: that of infra/crds, established. */
  const toInstalled = (path: string): object => {
    const [resource = ""] = path.split("/").at(-1)?.split(".") ?? [];
    const file = join(root, "infra", "crds", `${FILES[resource] ?? resource}.yaml`);
    return { ...(parse(readFileSync(file, "utf8")) as object), status };
  };

  it("fail if they are missing or not in use, each by itself", async () => {
    const client = answering(({ path }) => {
      if (path.endsWith("/ruleguards.kubemend.dev")) return fail("NotFound");
      const installed = toInstalled(path);
      return path.endsWith("/silences.kubemend.dev") ? { ...installed, status: {} } : installed;
    });
    expect(await checkDefinitions(client, root)(signal)).toMatchObject([
      { outcome: "ok" },
      {
        outcome: "failed",
        message: "it is not installed",
        fix: expect.stringContaining("infra/crds"),
      },
      { outcome: "ok" },
      { outcome: "failed", message: expect.stringContaining("not served") },
      { check: "definition mirrors.kubemend.dev", outcome: "ok" },
      { check: "definition moves.kubemend.dev", outcome: "ok" },
      { check: "definition movesteps.kubemend.dev", outcome: "ok" },
    ]);
  });

  it("fail if they are older than this version, and name what they lack", async () => {
    const withoutApproval = (definition: object): unknown =>
      JSON.parse(JSON.stringify(definition), (key, value: unknown) =>
        key === "approval" ? undefined : value,
      );
    const client = answering(({ path }) => withoutApproval(toInstalled(path)));
    const [remediations, ...others] = await checkDefinitions(client, root)(signal);
    expect(remediations).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(/^it is older than this version, and lacks spec\.approval/),
      fix: expect.stringContaining("infra/crds"),
    });
    expect(others.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok", "ok", "ok"]);
  });

  it("policies are found under the chart's names, and must be bound", async () => {
    const named = (...names: readonly string[]) => names.map((name) => ({ metadata: { name } }));
    const client = answering(({ path }) =>
      path.endsWith("bindings")
        ? {
            items: [
              { metadata: { name: "b" }, spec: { policyName: "a.b.remediations.kubemend.dev" } },
            ],
          }
        : { items: named("a.b.remediations.kubemend.dev", "ruleguards.kubemend.dev") },
    );
    expect(await checkPolicies(client)(signal)).toMatchObject([
      { check: "policy remediations.kubemend.dev", outcome: "ok" },
      { outcome: "failed", message: "it is installed and bound to nothing" },
      { outcome: "failed", message: "it is not installed" },
      { check: "policy mirrors.kubemend.dev", outcome: "failed", message: "it is not installed" },
      { check: "policy moves.kubemend.dev", outcome: "failed", message: "it is not installed" },
    ]);
  });
});

describe("rights", () => {
  const parsed = parsePipelineText(`apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: mine }
rules:
  - id: tell
    on: { resource: jobs.batch, namespaces: [data] }
    where: "true"
    once: object
    then: [{ alert: { to: ops, summary: object.metadata.name } }]
`);
  const pipeline = parsed.ok ? parsed.value.pipeline : undefined;
  type Review = {
    readonly spec: {
      readonly user: string;
      readonly resourceAttributes: { readonly resource: string; readonly namespace?: string };
    };
  };
  const check = (isAllowed: (review: Review) => boolean) => {
    if (pipeline === undefined) throw new Error("the pipeline of this test is invalid");
    const client = answering(({ body }) => ({ status: { allowed: isAllowed(body as Review) } }));
    return checkRights(client, pipeline, {
      namespace: "second",
      toUser: (part) => `kubemend:${part}`,
    })(signal);
  };

  it("are asked for the identity of each part, and what it lacks is named", async () => {
    const findings = await check(
      ({ spec }) => spec.user !== "kubemend:relay" || spec.resourceAttributes.resource !== "jobs",
    );
    expect(findings).toMatchObject([
      {
        check: "rights of relay",
        outcome: "failed",
        message:
          "kubemend:relay lacks: get jobs.batch in data; list jobs.batch in data; watch jobs.batch in data",
        fix: expect.stringContaining("--chart-values"),
      },
      { check: "rights of normalize", outcome: "ok" },
      { check: "rights of remediate", outcome: "ok" },
      { check: "rights of transfer", outcome: "ok", message: "it needs none" },
      { check: "rights of sweep", outcome: "ok" },
    ]);
  });

  it("about records and Lease are asked for in the namespace of the installation", async () => {
    const places = new Map<string, string | undefined>();
    await check(({ spec: { resourceAttributes } }) => {
      places.set(resourceAttributes.resource, resourceAttributes.namespace);
      return true;
    });
    expect([places.get("remediations"), places.get("leases")]).toEqual(["second", "second"]);
  });

  it("are skipped for a user who may not ask", async () => {
    const findings = await check(() => fail("Forbidden"));
    const outcomes = findings.filter(({ check }) => check !== "rights of transfer");
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(4).fill("skipped"));
  });
});

it("what the user may not look at is skipped", async () => {
  const look = (): never => {
    throw new KubemendError("Forbidden", "the Lease is forbidden", {
      retryable: false,
      status: 403,
    });
  };
  expect(await runCheck("relay's Lease", look, signal)).toEqual([
    {
      check: "relay's Lease",
      outcome: "skipped",
      message: "you may not look at it: the Lease is forbidden",
    },
  ]);
});

it("a check that cannot look fails with the reason, and the others go on", async () => {
  const client = answering(() => fail("Forbidden"));
  expect(await runCheck("policies", checkPolicies(client), signal)).toMatchObject([
    { check: "policies", outcome: "failed", message: "Forbidden" },
  ]);
});

it("the pipelines of both sides are compared with the one that was named", () => {
  expect(compareDigests("a", { relay: "a", functions: "b" })).toMatchObject([
    { check: "pipeline of the relay", outcome: "ok" },
    {
      check: "pipeline of the functions",
      outcome: "failed",
      fix: expect.stringContaining("before the relay"),
    },
  ]);
  expect(compareDigests("a", { relay: undefined, functions: "a" })).toMatchObject([
    { outcome: "skipped" },
    { outcome: "ok" },
  ]);
});
