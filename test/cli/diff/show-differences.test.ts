import { describe, expect, it } from "vitest";
import type { Difference } from "../../../core/mirror/find-drift.ts";
import { createRedact } from "../../../core/redaction/redactor.ts";
import { showDifferences } from "../../../cli/diff/show-differences.ts";

const SECRETS = { group: "", resource: "secrets" };
const PODS = { group: "", resource: "pods" };
const NONE = createRedact({ redact: [] });

const differs = (path: Difference["path"], live: unknown, desired: unknown): Difference => ({
  path,
  live,
  desired,
});

describe("the differences that people see", () => {
  it("have the values of both sides", () => {
    const found = [differs(["spec", "containers", 0, "image"], "a:1", "a:2")];
    expect(showDifferences(found, PODS, NONE)).toEqual([
      { path: "spec.containers[0].image", live: "a:1", desired: "a:2" },
    ]);
  });

  it("never have a value of a Secret, but the key", () => {
    const found = [
      differs(["data", "password"], "b2xk", "bmV3"),
      differs(["data"], undefined, { "tls.key": "bmV3", "tls.crt": "Y3J0" }),
      differs(["data"], null, { user: "bmV3" }),
      differs(["stringData", "token"], undefined, "new"),
    ];
    const shown = showDifferences(found, SECRETS, NONE);
    expect(shown).toEqual([
      { path: "data.password", isHidden: true },
      { path: 'data["tls.key"]', isHidden: true },
      { path: 'data["tls.crt"]', isHidden: true },
      { path: "data.user", isHidden: true },
      { path: "stringData.token", isHidden: true },
    ]);
  });

  it("never have the value of an annotation of a Secret, in which tools keep whole objects", () => {
    const annotations = (key: string) => ["metadata", "annotations", key];
    const found = [
      differs(annotations("objectset.rio.cattle.io/applied"), "H4sI", "H4sJ"),
      differs(annotations("example.com/note"), "b2xk", undefined),
      differs(["metadata", "annotations"], { "kapp.k14s.io/original": "{}" }, undefined),
    ];
    expect(showDifferences(found, SECRETS, NONE)).toEqual([
      { path: 'metadata.annotations["objectset.rio.cattle.io/applied"]', isHidden: true },
      { path: 'metadata.annotations["example.com/note"]', isHidden: true },
      { path: 'metadata.annotations["kapp.k14s.io/original"]', isHidden: true },
    ]);
    const ofPod = [differs(annotations("example.com/note"), "b2xk", "bmV3")];
    expect(showDifferences(ofPod, PODS, NONE)).toMatchObject([{ live: "b2xk" }]);
  });

  it("show what is not secret about a Secret", () => {
    const found = [differs(["metadata", "labels", "tier"], undefined, "web")];
    expect(showDifferences(found, SECRETS, NONE)).toEqual([
      { path: "metadata.labels.tier", desired: "web" },
    ]);
  });

  it("hide what the pipeline redacts, and say that it differs", () => {
    const path = ["spec", "containers", null, "env", null, "value"];
    const redact = createRedact({ redact: [{ resource: "pods", paths: [path] }] });
    const found = [
      differs(["spec", "containers", 1, "env", 0, "value"], "old", "new"),
      differs(["spec", "containers"], undefined, [
        { image: "a", env: [{ name: "K", value: "v" }] },
      ]),
    ];
    expect(showDifferences(found, PODS, redact)).toEqual([
      { path: "spec.containers[1].env[0].value", isHidden: true },
      {
        path: "spec.containers",
        desired: [{ image: "a", env: [{ name: "K" }] }],
        isHidden: true,
      },
    ]);
  });

  it.each([
    ["spec.containers[*].env[*].value", ["spec", "containers", null, "env", null, "value"]],
    ["spec.containers.env.value", ["spec", "containers", "env", "value"]],
  ])("hide what is redacted of an element that is named by its keys: %s", (_, path) => {
    const redact = createRedact({ redact: [{ resource: "pods", paths: [path] }] });
    const env = ["spec", "containers", 0, "env", '{"name":"PASS"}'];
    const shown = showDifferences(
      [
        differs(env, { name: "PASS", value: "hunter2" }, undefined),
        differs([...env, "value"], "hunter2", undefined),
      ],
      PODS,
      redact,
    );
    expect(JSON.stringify(shown)).not.toContain("hunter2");
    expect(shown).toEqual([
      { path: `spec.containers[0].env['{"name":"PASS"}']`, live: { name: "PASS" }, isHidden: true },
      { path: `spec.containers[0].env['{"name":"PASS"}'].value`, isHidden: true },
    ]);
  });

  it("show Kubemend's own marks only if nothing else differs", () => {
    const version = differs(["metadata", "annotations", "kubemend.dev/source-version"], "1", "2");
    const mode = differs(["data", "mode"], "a", "b");
    expect(showDifferences([version, mode], PODS, NONE)).toMatchObject([{ path: "data.mode" }]);
    expect(showDifferences([version], PODS, NONE)).toEqual([
      { path: 'metadata.annotations["kubemend.dev/source-version"]', live: "1", desired: "2" },
    ]);
  });
});
