/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findMirrorRules } from "../../../core/pipeline/mirror-rule.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import {
  findSources,
  hasSources,
  viewFrom,
  viewFromUid,
} from "../../../core/pipeline/source-view.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";

const ALERT = { alert: { to: "ops", summary: "'x'" } };

function toRule(id: string, clusters: readonly string[] | undefined, action: object = ALERT) {
  const on = { resource: "configmaps", ...(clusters === undefined ? {} : { clusters }) };
  return { id, on, ...("mirror" in action ? {} : { once: "change" }), then: [action] };
}

const UIDS: Readonly<Record<string, string>> = {
  eu: "eeeeeeee-0000-4000-8000-00000000000e",
  us: "bbbbbbbb-0000-4000-8000-00000000000b",
};
const toUid = (name: string): string => UIDS[name] ?? name;

function parse(...rules: readonly object[]): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["eu", "us"].map((name) => ({
      name,
      uid: toUid(name),
      access: { kubeconfig: name },
    })),
    watch: [{ resource: "pods" }],
    rules,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const toIds = ({ rules }: Pipeline): readonly string[] => rules.map(({ id }) => id);

describe("the pipeline of a source", () => {
  const own = toRule("own", undefined);
  const both = toRule("both", ["prod", "eu"]);
  const other = toRule("other", ["eu"]);
  const pipeline = parse(own, both, other);

  it("is the whole pipeline if no rule names clusters", () => {
    const simple = parse(own);
    expect(hasSources(simple)).toBe(false);
    expect(viewFrom(simple, "prod")).toBe(simple);
    expect(toIds(viewFrom(simple, "eu"))).toEqual([]);
  });

  it("has the rules that take changes of its cluster", () => {
    expect(toIds(viewFrom(pipeline, "prod"))).toEqual(["own", "both"]);
    expect(toIds(viewFrom(pipeline, "eu"))).toEqual(["both", "other"]);
    expect(toIds(viewFrom(pipeline, "us"))).toEqual([]);
  });

  it("names its cluster as its own, and all others as others", () => {
    const view = viewFrom(pipeline, "eu");
    expect(view.cluster).toEqual({ name: "eu" });
    expect(view.clusters).toEqual([
      { name: "prod", access: { type: "own" } },
      {
        name: "us",
        uid: "bbbbbbbb-0000-4000-8000-00000000000b",
        access: { type: "kubeconfig", path: "us" },
      },
    ]);
    expect(viewFrom(pipeline, "prod").clusters).toEqual(pipeline.clusters);
  });

  it("has the entries of watch only in the pipeline's own cluster", () => {
    const toResources = (name: string) =>
      planWatches(viewFrom(pipeline, name)).map(({ resource }) => resource);
    expect(toResources("prod")).toEqual(["configmaps", "pods"]);
    expect(toResources("eu")).toEqual(["configmaps"]);
  });

  it("has the digests of the file", () => {
    const view = viewFrom(pipeline, "eu");
    expect(view.digest).toBe(pipeline.digest);
    expect(view.rules.map(({ digest }) => digest)).toEqual(
      pipeline.rules.slice(1).map(({ digest }) => digest),
    );
  });

  it("is found by the cluster's uid, and is that of the own cluster for a uid that no entry has", () => {
    expect(viewFromUid(pipeline, "eeeeeeee-0000-4000-8000-00000000000e").cluster.name).toBe("eu");
    expect(viewFromUid(pipeline, "uid-of-any").cluster.name).toBe("prod");
  });

  it("does not mirror to its own cluster", () => {
    const mirror = toRule("mirror", ["prod", "eu"], { mirror: { to: ["prod", "eu", "us"] } });
    const toTargets = (name: string) =>
      findMirrorRules(viewFrom(parse(mirror), name).rules).map((one) => one.mirror.to);
    expect(toTargets("prod")).toEqual([["eu", "us"]]);
    expect(toTargets("eu")).toEqual([["prod", "us"]]);
  });

  it("has the alerts of a mirror as they are written", () => {
    const mirror = {
      ...toRule("mirror", ["prod", "eu"], { mirror: { to: ["prod", "eu", "us"] } }),
    };
    const [rule] = viewFrom(parse({ ...mirror, then: [...mirror.then, ALERT] }), "eu").rules;
    expect(rule?.then[1]?.parameters).toMatchObject({ to: "ops" });
  });
});

describe("the sources", () => {
  it("are the other clusters that rules name, in the order of the file", () => {
    const pipeline = parse(toRule("a", ["us", "prod"]), toRule("b", ["eu"]));
    expect(findSources(pipeline).map(({ name }) => name)).toEqual(["eu", "us"]);
    expect(findSources(parse(toRule("a", undefined)))).toEqual([]);
  });
});
