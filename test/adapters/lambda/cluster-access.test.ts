import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { clusterAccess, withClusterAccess } from "../../../adapters/lambda/cluster-access.ts";
import { readEnvironment } from "../../../adapters/lambda/environment.ts";

const schema = v.object({ KUBEMEND_CLUSTER_ACCESS: clusterAccess });

const read = (environment: Readonly<Record<string, string>>) =>
  readEnvironment(schema, withClusterAccess(environment)).KUBEMEND_CLUSTER_ACCESS;

describe("a function's access to its cluster", () => {
  it("has the form of a pipeline file", () => {
    const access = read({ KUBEMEND_CLUSTER_ACCESS: '{"secret":"kubemend-prod/sweep"}' });
    expect(access).toEqual({ type: "secret", id: "kubemend-prod/sweep" });
  });

  it("may be a kubeconfig in the common variable KUBECONFIG", () => {
    expect(read({ KUBECONFIG: "/etc/kubeconfig" })).toEqual({
      type: "kubeconfig",
      path: "/etc/kubeconfig",
    });
  });

  it("takes precedence over that variable, which a shell may have left set", () => {
    const access = '{"parameter":"/kubemend-prod/sweep"}';
    expect(read({ KUBEMEND_CLUSTER_ACCESS: access, KUBECONFIG: "/etc/kubeconfig" })).toEqual({
      type: "parameter",
      name: "/kubemend-prod/sweep",
    });
  });

  it.each([
    ["", /KUBEMEND_CLUSTER_ACCESS is not set/],
    ["secret", /KUBEMEND_CLUSTER_ACCESS: expected one of kubeconfig, secret, parameter, eks/],
    ['{"secrt":"a"}', /KUBEMEND_CLUSTER_ACCESS: secrt: unknown key "secrt" \(did you mean secret/],
    ['{"eks":{"name":"a"}}', /KUBEMEND_CLUSTER_ACCESS: eks\.region: region is missing/],
    ["[]", /KUBEMEND_CLUSTER_ACCESS: expected fields/],
    ["null", /KUBEMEND_CLUSTER_ACCESS: expected one of/],
  ])("is refused if it is invalid: %s", (text, fault) => {
    expect(() => read({ KUBEMEND_CLUSTER_ACCESS: text })).toThrow(fault);
  });
});
