import fc from "fast-check";
import { expect, it } from "vitest";
import { findDroppedFields } from "../../../../core/move/plan/dropped-fields.ts";

const toService = (managedFields: readonly object[]) => ({
  metadata: { name: "web", managedFields },
  spec: {
    clusterIP: "10.0.0.10",
    type: "NodePort",
    ports: [
      { port: 80, protocol: "TCP", nodePort: 30_080 },
      { port: 81, protocol: "TCP", nodePort: 30_081 },
    ],
  },
});
const item = (port: number) => `k:${JSON.stringify({ port, protocol: "TCP" })}`;
const by = (manager: string, spec: object) => ({
  manager,
  operation: "Update",
  fieldsV1: { "f:spec": spec },
});

it("values that somebody has chosen are named, and those that the API server has chosen are not", () => {
  const ports = {
    [item(80)]: { ".": {}, "f:port": {}, "f:nodePort": {} },
    [item(81)]: { ".": {}, "f:port": {} },
  };
  const service = toService([by("kubectl", { "f:type": {}, "f:ports": { ".": {}, ...ports } })]);
  expect(findDroppedFields(service, "services")).toEqual([
    { field: "spec.ports[0].nodePort", value: "30080" },
  ]);
  const chosen = toService([by("helm", { "f:clusterIP": {} })]);
  expect(findDroppedFields(chosen, "services")).toEqual([
    { field: "spec.clusterIP", value: '"10.0.0.10"' },
  ]);
});

it("values that a part of Kubernetes has written are not named", () => {
  const service = toService([by("kube-controller-manager", { "f:clusterIP": {} })]);
  expect(findDroppedFields(service, "services")).toEqual([]);
});

it("values that move are not named", () => {
  const settings = {
    metadata: { managedFields: [{ manager: "kubectl", fieldsV1: { "f:data": { "f:a": {} } } }] },
    data: { a: "b" },
  };
  expect(findDroppedFields(settings, "configmaps")).toEqual([]);
});

it("any JSON is looked at without failing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, managedFields) =>
      Array.isArray(findDroppedFields({ metadata: { managedFields }, spec }, "services")),
    ),
  );
});
