import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import { CopyCase } from "../../../support/mirror/copy-case.ts";
import { toMirrorRule } from "../../../support/mirror/mirror-world.ts";

const CONFIG_MAPS = { resource: "configmaps", namespaces: ["shop"] };

function toRule(mirror: object = {}, rest: object = {}): Rule {
  return toMirrorRule("mirror-it", { on: CONFIG_MAPS, mirror: { ...mirror }, ...rest });
}

function withOwners(...names: readonly string[]) {
  const head = { apiVersion: "apps/v1", kind: "Deployment" };
  return {
    metadata: { ownerReferences: names.map((name) => ({ ...head, name, uid: `uid-of-${name}` })) },
  };
}

/** Puts the owners into the source. */
function putOwners(one: CopyCase, names: readonly string[], metadata: object = {}): void {
  for (const name of names) {
    one.source.put(`/apis/apps/v1/namespaces/shop/deployments/${name}`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "shop", uid: `uid-of-${name}`, ...metadata },
    });
  }
}

/** The rules of a case whose ConfigMaps belong to Deployments, which are mirrored, too. */
const WITH_DEPLOYMENTS = [
  toRule(),
  toMirrorRule("deployments", { on: { resource: "deployments.apps", namespaces: ["shop"] } }),
];
/** Two rules of which each selects Deployments by another label. */
const WITH_LABELLED = [
  toRule(),
  ...["yes", "too"].map((value) =>
    toMirrorRule(`deployments-${value}`, {
      on: { resource: "deployments.apps", namespaces: ["shop"], labelSelector: `mirror=${value}` },
    }),
  ),
];
const COPIED = {
  labels: { mirror: "yes" },
  annotations: { "kubemend.dev/source-cluster": "another" },
};
const NEVER = Number.MAX_SAFE_INTEGER;

describe("owners of a source", () => {
  it("are waited for before its copy is created", async () => {
    const one = new CopyCase(WITH_DEPLOYMENTS);
    one.setSource(withOwners("web"));
    putOwners(one, ["web"]);
    for (const isNew of [true, false]) {
      const outcome = await one.run({ isNew, ownersUntilMs: NEVER });
      expect(outcome).toMatchObject({ outcome: "retry", code: "OwnerMissing" });
    }
    expect(one.copy).toBeUndefined();
  });

  it("are not waited for again if its copy says that it does without them", async () => {
    const one = new CopyCase(WITH_DEPLOYMENTS);
    one.setSource({ data: { a: "1" }, ...withOwners("web") });
    putOwners(one, ["web"]);
    await one.run();
    one.setSource({ data: { a: "2" }, ...withOwners("web") });
    for (const isNew of [true, false]) {
      await one.run({ isNew, ownersUntilMs: NEVER });
      expect(one.copy).toMatchObject({ data: { a: "2" } });
    }
  });

  it("are waited for if they are new", async () => {
    const one = new CopyCase(WITH_DEPLOYMENTS);
    one.setSource(withOwners("web"));
    putOwners(one, ["web", "api"]);
    await one.run();
    one.setSource(withOwners("web", "api"));
    const outcome = await one.run({ ownersUntilMs: NEVER });
    expect(outcome).toMatchObject({ outcome: "retry", code: "OwnerMissing" });
  });

  it.each<[string, readonly string[], object]>([
    ["their rule does not select them by label", ["web"], { labels: { mirror: "no" } }],
    ["they are copies of another cluster", ["web"], COPIED],
    ["they are other objects by now", ["web"], { uid: "another", labels: { mirror: "yes" } }],
    ["they are gone", [], {}],
  ])("are not waited for if %s", async (_why, names, metadata) => {
    const one = new CopyCase(WITH_LABELLED);
    one.setSource(withOwners("web"));
    putOwners(one, names, metadata);
    expect(await one.run({ ownersUntilMs: NEVER })).toEqual({ outcome: "created" });
    expect(one.copy?.metadata["annotations"]).toMatchObject({
      "kubemend.dev/dropped-owners": "Deployment/web",
    });
  });

  it("are waited for if any rule selects them", async () => {
    const one = new CopyCase(WITH_LABELLED);
    one.setSource(withOwners("web"));
    putOwners(one, ["web"], { labels: { mirror: "too" } });
    const outcome = await one.run({ ownersUntilMs: NEVER });
    expect(outcome).toMatchObject({ outcome: "retry", code: "OwnerMissing" });
  });

  it("are not the source itself", async () => {
    const one = new CopyCase([toRule()]);
    const self = { apiVersion: "v1", kind: "ConfigMap", name: "settings", uid: "uid-of-source" };
    one.setSource({ metadata: { ownerReferences: [self] } });
    expect(await one.run({ ownersUntilMs: NEVER })).toEqual({ outcome: "created" });
  });

  it("cost few requests and a short note, however many there are", async () => {
    const one = new CopyCase(WITH_DEPLOYMENTS);
    one.setSource(withOwners(...Array.from({ length: 3_000 }, (_, index) => `web-${index}`)));
    await one.run();
    expect(one.target.requests.length).toBeLessThan(20);
    expect(one.copy?.metadata["annotations"]).toMatchObject({
      "kubemend.dev/dropped-owners": expect.stringMatching(/^.{1,500}, and 2984 more$/) as unknown,
    });
  });
});

describe("the namespace of a copy", () => {
  const NAMESPACES = toMirrorRule("namespaces", {
    on: { resource: "namespaces", labelSelector: "dr=yes" },
  });
  const start = (labels: Readonly<Record<string, string>>): CopyCase => {
    const one = new CopyCase([toRule(), NAMESPACES]);
    const metadata = { name: "shop", uid: "uid-of-shop", labels };
    one.source.put("/api/v1/namespaces/shop", { apiVersion: "v1", kind: "Namespace", metadata });
    one.setSource();
    one.target.before = ({ method }) => {
      const message = 'namespaces "shop" not found';
      if (method === "PATCH") throw new KubemendError("NotFound", message, { retryable: false });
    };
    return one;
  };

  it("is waited for if a rule mirrors it to the target", async () => {
    const outcome = await start({ dr: "yes" }).run({ ownersUntilMs: NEVER });
    expect(outcome).toMatchObject({ outcome: "retry", code: "NamespaceMissing" });
  });

  it.each([
    ["no rule covers it", { dr: "no" }, NEVER],
    ["the time is over", { dr: "yes" }, 0],
  ])("is not waited for if %s", async (_why, labels, ownersUntilMs) => {
    const outcome = await start(labels).run({ ownersUntilMs });
    expect(outcome).toMatchObject({ outcome: "failed", code: "NamespaceMissing" });
  });
});

describe("a copy that cannot be changed", () => {
  const seal = (one: CopyCase): void => {
    one.target.before = ({ method, path }) => {
      const isSealed = one.target.objects.get(path)?.["immutable"] === true;
      if (method !== "PATCH" || !isSealed) return;
      throw new KubemendError("Immutable", "field is immutable", { retryable: false });
    };
  };

  it("because somebody has made it immutable is replaced", async () => {
    const one = new CopyCase();
    seal(one);
    one.setSource({ data: { a: "1" } });
    await one.run();
    one.change({ immutable: true });
    one.setSource({ data: { a: "2" } });
    expect(await one.run()).toEqual({ outcome: "created" });
    expect(one.copy).toMatchObject({ data: { a: "2" } });
    expect(one.copy?.["immutable"]).toBeUndefined();
  });

  it("because somebody has made it immutable is kept with delete: keep, as a failure", async () => {
    const one = new CopyCase([toRule({ delete: "keep" })]);
    seal(one);
    one.setSource({ data: { a: "1" } });
    await one.run();
    one.change({ immutable: true });
    one.setSource({ data: { a: "2" } });
    expect(await one.run()).toMatchObject({ outcome: "failed", code: "Immutable" });
  });

  it.each(["there", "gone"])(
    "because it is being deleted is a failure after five minutes, if its source is %s",
    async (source) => {
      const one = new CopyCase();
      one.setSource();
      await one.run();
      const deletionTimestamp = "2026-03-01T10:00:00Z";
      one.change({ metadata: { deletionTimestamp, finalizers: ["example.com/hold"] } });
      if (source === "gone") one.source.objects.clear();
      expect(await one.run()).toMatchObject({ outcome: "retry", code: "Terminating" });
      one.nowMs += 5 * 60_000;
      expect(await one.run()).toMatchObject({
        outcome: "failed",
        code: "CopyTerminating",
        message: expect.stringContaining("example.com/hold") as unknown,
      });
    },
  );
});

it("a copy that is the same after it was applied needed nothing", async () => {
  const one = new CopyCase();
  one.target.admit = (object) => ({ ...object, rules: [{ path: "/", mode: "byDefault" }] });
  one.setSource({ rules: [{ path: "/" }] });
  await one.run();
  expect(await one.run()).toEqual({ outcome: "nothing", reason: "inSync" });
});

describe("in a dry run, a copy", () => {
  const written = { guards: { mode: "dryRun" } };

  it("of a Job that was made again would be replaced", async () => {
    const jobs = { on: { resource: "jobs.batch", namespaces: ["shop"] } };
    const path = "/apis/batch/v1/namespaces/shop/jobs/settings";
    const toJob = (uid: string) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "settings", namespace: "shop", uid, resourceVersion: "1" },
    });
    const [real, dry] = [
      new CopyCase([toMirrorRule("mirror-it", jobs)]),
      new CopyCase([toMirrorRule("mirror-it", { ...jobs, ...written })]),
    ];
    real.source.put(path, toJob("first"));
    await real.run();
    const copy = real.target.objects.get(path);
    if (copy === undefined) throw new Error("no copy");
    dry.target.put(path, copy);
    dry.source.put(path, toJob("second"));
    expect(await dry.run()).toEqual({ outcome: "replaced" });
    expect(dry.target.objects.get(path)).toEqual(copy);
  });

  it("in which a field cannot be changed would be replaced", async () => {
    const [real, dry] = [new CopyCase([toRule()]), new CopyCase([toRule({}, written)])];
    real.setSource({ data: { a: "1" } });
    await real.run();
    if (real.copy === undefined) throw new Error("no copy");
    dry.target.put(dry.path, { ...real.copy, immutable: true });
    dry.target.before = ({ method }) => {
      if (method !== "PATCH") return;
      throw new KubemendError("Immutable", "field is immutable", { retryable: false });
    };
    dry.setSource({ data: { a: "2" } });
    expect(await dry.run()).toEqual({ outcome: "replaced" });
    expect(dry.copy).toMatchObject({ data: { a: "1" } });
  });
});

describe("a resource that the target does not serve", () => {
  const NOTHING = createCatalog([], "discovery");
  const definitions = toMirrorRule("definitions", {
    on: { resource: "customresourcedefinitions.apiextensions.k8s.io" },
  });
  const run = (rules: readonly Rule[], ownersUntilMs = NEVER) => {
    const one = new CopyCase(rules);
    one.setSource();
    const discovery = { catalog: async () => NOTHING, refresh: async () => NOTHING };
    Object.defineProperty(one.target, "discovery", { value: discovery });
    return one.run({ ownersUntilMs });
  };

  it("is waited for if a rule mirrors definitions there", async () => {
    const waiting = { outcome: "retry", code: "NotServed" };
    expect(await run([toRule(), definitions])).toMatchObject(waiting);
  });

  it("is a failure after that, and if no rule does", async () => {
    const failed = { outcome: "failed", code: "NotServed" };
    expect(await run([toRule(), definitions], 0)).toMatchObject(failed);
    expect(await run([toRule()])).toMatchObject(failed);
  });
});
