import { describe, expect, test } from "vitest";
import { findResource, suggestResource } from "../../../core/references/find-resource.ts";
import { toCatalog, toExtra } from "./served.ts";

const catalog = toCatalog(toExtra("a.io/v2 Other others", "a.io/v1 Widget widgets"));

describe("a resource by name", () => {
  test.each([
    ["pods", "v1", "Pod"],
    ["jobs.batch", "v1", "Job"],
    ["horizontalpodautoscalers.autoscaling", "v2", "HorizontalPodAutoscaler"],
    ["ingresses.networking.k8s.io", "v1", "Ingress"],
    ["widgets.a.io", "v1", "Widget"],
  ])("%s is %s %s", (name, version, kind) => {
    expect(findResource(catalog, name)).toMatchObject({ version, kind });
  });

  test.each([
    "jobs",
    "Jobs.batch",
    "job.batch",
    "Job",
    "po",
    "pods.",
    "pods.core",
    "",
    ".",
    "__proto__",
    "pods/log",
  ])("%j is not a resource", (name) => {
    expect(findResource(catalog, name)).toBeUndefined();
  });
});

describe("did you mean", () => {
  test.each([
    ["jobs", "jobs.batch"],
    ["Job", "jobs.batch"],
    ["job.batch", "jobs.batch"],
    ["deployments", "deployments.apps"],
    ["deployment.apps", "deployments.apps"],
    ["pod", "pods"],
    ["deploymnets.apps", "deployments.apps"],
    ["cronjob.batch", "cronjobs.batch"],
    ["jobs.bach", "jobs.batch"],
    ["Widget", "widgets.a.io"],
  ])("%s: %s", (name, meant) => {
    expect(suggestResource(catalog, name)).toBe(meant);
  });

  test.each(["xyzzyplugh", "", "x".repeat(1_000_000)])("nothing for nonsense", (name) => {
    expect(suggestResource(catalog, name)).toBeUndefined();
  });
});
