/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../../events/change.ts";
import { parsePipeline } from "../../../../../core/pipeline/parse/parse-pipeline.ts";
import { createRequestWorld } from "../../../../support/functions/request-world.ts";

const SECRET: KubernetesObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "db", namespace: "data", uid: "db-uid", resourceVersion: "1" },
};

const TRIGGER = {
  group: "",
  version: "v1",
  resource: "secrets",
  kind: "Secret",
  namespaced: true,
  namespace: "data",
  name: "db",
  uid: "db-uid",
  resourceVersion: "1",
} as const;

/** A Deployment that takes a variable from this Secret. */
function toDeployment(name: string, secret: string): KubernetesObject {
  const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: secret, key: "p" } } }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "data", uid: `${name}-uid`, resourceVersion: "1" },
    spec: { template: { metadata: {}, spec: { containers: [{ name: "main", env }] } } },
  };
}

it("referrers are found by fields that are redacted", async () => {
  const rule = {
    id: "restart-users",
    on: { resource: "secrets" },
    once: "object",
    then: [{ restartRollout: { targets: { referrers: ["deployments.apps"], atMost: 5 } } }],
  };
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    redact: [{ resource: "deployments.apps", paths: ["spec.template.spec.containers[*].env"] }],
    rules: [rule],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  const deployments = [toDeployment("web", "db"), toDeployment("other", "else")];
  const patched: string[] = [];
  const base = "/apis/apps/v1/namespaces/data/deployments";
  const world = createRequestWorld(rule, SECRET, {
    pipeline: parsed.value,
    serve({ method, path }) {
      if (path === base) return { items: deployments };
      if (!path.startsWith(base)) return undefined;
      const name = path.slice(base.length + 1);
      if (method === "PATCH") patched.push(name);
      return deployments.find(({ metadata }) => metadata.name === name);
    },
  });
  world.put("secrets", SECRET);
  await world.deliver({ trigger: TRIGGER }, { isSigned: true });
  expect(patched).toEqual(["web"]);
});
