import { describe, expect, it } from "vitest";
import {
  findJobDifferences,
  findWrittenDifferences,
  isAppliedFrom,
} from "../../../core/operations/job-comparison.ts";
import { APPLIED_ANNOTATION, toAppliedDigest } from "../../../core/operations/job-manifest.ts";

type Json = Readonly<Record<string, unknown>>;

const UID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
const container = (more: Json = {}): Json => ({ name: "main", image: "web:1", ...more });

/** A Job as the API server answers with it. */
function toLive(name: string, uid: string, more: Json = {}, spec: Json = {}): Json {
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template = {
    metadata: { labels, annotations: {} },
    spec: { containers: [container(more)], restartPolicy: "Never", volumes: [] },
  };
  return {
    metadata: { name, uid },
    spec: {
      backoffLimit: 6,
      completionMode: "NonIndexed",
      manualSelector: false,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template,
      ...spec,
    },
    status: { active: 1 },
  };
}

const LIVE = toLive("migrate", UID);
const PROBE = toLive("migrate-probe-1", "other-uid");

function toPaths(...args: Parameters<typeof findJobDifferences>): readonly string[] {
  return findJobDifferences(...args).map(({ path }) => path);
}

describe("a Job that the API server would make again", () => {
  it("does not differ in what the API server has generated", () => {
    expect(findJobDifferences(LIVE, PROBE)).toEqual([]);
  });

  it("does not differ in what anyone may change later", () => {
    const spec = { parallelism: 3, suspend: true, ttlSecondsAfterFinished: 5, backoffLimit: 0 };
    expect(findJobDifferences(toLive("migrate", UID, {}, spec), PROBE)).toEqual([]);
  });

  it("does not differ in what says which remediation has made it", () => {
    const live = structuredCloneOf(LIVE);
    live.spec.template.metadata.annotations = { "kubemend.dev/cause": "r", "kubemend.dev/at": "x" };
    expect(findJobDifferences(live, PROBE)).toEqual([]);
  });

  it("differs in an image", () => {
    const probe = toLive("p", "u", { image: "web:2" });
    expect(findJobDifferences(LIVE, probe)).toEqual([
      { path: "spec.template.spec.containers[0].image", live: "web:1", wanted: "web:2" },
    ]);
  });

  it.each<readonly [string, Json, Json, string]>([
    ["was added", {}, { env: [{ name: "A", value: "b" }] }, "env[0].name"],
    ["was removed", { env: [{ name: "A", value: "b" }] }, {}, "env[0].name"],
    ["is an empty map", {}, { securityContext: {} }, "securityContext"],
  ])("differs in a field that %s", (_what, live, probe, path) => {
    expect(toPaths(toLive("migrate", UID, live), toLive("p", "u", probe))).toContain(
      `spec.template.spec.containers[0].${path}`,
    );
  });

  it("differs in its own labels of the template, as far as they are not generated", () => {
    const probe = structuredCloneOf(PROBE);
    probe.spec.template.metadata.labels["app.kubernetes.io/name"] = "web";
    expect(toPaths(LIVE, probe)).toEqual([
      'spec.template.metadata.labels["app.kubernetes.io/name"]',
    ]);
  });

  it("differs in a selector only if it is not generated", () => {
    const manual = (app: string): Json => ({
      manualSelector: true,
      selector: { matchLabels: { app } },
      template: {},
    });
    const one = toLive("migrate", UID, {}, manual("a"));
    expect(toPaths(one, toLive("p", "u", {}, manual("b")))).toEqual([
      "spec.selector.matchLabels.app",
    ]);
  });

  it("does not differ in what a webhook makes of its name, or of chance", () => {
    const stamped = (value: string): Json => ({ env: [{ name: "STAMP", value }] });
    const again = toLive("p2", "u2", stamped("c"));
    expect(
      findJobDifferences(
        toLive("migrate", UID, stamped("a")),
        toLive("p", "u", stamped("b")),
        again,
      ),
    ).toEqual([]);
  });

  it("differs in the rest all the same", () => {
    const stamped = (value: string, image: string): Json => ({
      image,
      env: [{ name: "S", value }],
    });
    const [live, probe, again] = [
      stamped("a", "web:1"),
      stamped("b", "web:2"),
      stamped("c", "web:2"),
    ];
    expect(
      toPaths(toLive("m", UID, live), toLive("p", "u", probe), toLive("q", "v", again)),
    ).toEqual(["spec.template.spec.containers[0].image"]);
  });
});

describe("a Job that is compared without an API server", () => {
  const spec = { template: { spec: { containers: [container()], restartPolicy: "Never" } } };
  const manifest = { labels: {}, annotations: {}, spec };

  it("does not differ in defaults", () => {
    expect(findWrittenDifferences(LIVE, manifest)).toEqual([]);
  });

  it("differs in what is written", () => {
    const live = toLive("migrate", UID, { image: "web:0" });
    expect(findWrittenDifferences(live, manifest).map(({ path }) => path)).toEqual([
      "spec.template.spec.containers[0].image",
    ]);
  });
});

describe("a Job that says what it was made of", () => {
  const spec = { template: { spec: { containers: [container()], restartPolicy: "Never" } } };
  const manifest = { labels: {}, annotations: {}, spec };
  const withDigest = (job: Json, digest = toAppliedDigest(manifest)): Json => ({
    ...job,
    metadata: { annotations: { [APPLIED_ANNOTATION]: digest } },
  });

  it("is unchanged, even if a webhook adds something else by now", () => {
    const webhook = { env: [{ name: "INJECTED", value: "then" }] };
    expect(isAppliedFrom(withDigest(toLive("m", UID, webhook)), manifest)).toBe(true);
  });

  it("is not believed if something that is written is not there", () => {
    expect(isAppliedFrom(withDigest(toLive("m", UID, { image: "web:2" })), manifest)).toBe(false);
  });

  it("has changed if something else is written", () => {
    const other = { ...manifest, spec: { ...spec, completions: 2 } };
    expect(isAppliedFrom(withDigest(LIVE), other)).toBe(false);
  });

  it("is not known by what anyone may change later", () => {
    const other = { ...manifest, spec: { ...spec, parallelism: 5 } };
    expect(toAppliedDigest(other)).toBe(toAppliedDigest(manifest));
  });
});

type Loose = {
  spec: {
    template: { metadata: { labels: Record<string, string>; annotations: Record<string, string> } };
  };
};

function structuredCloneOf(job: Json): Loose {
  return JSON.parse(JSON.stringify(job)) as Loose;
}
