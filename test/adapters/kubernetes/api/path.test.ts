import { describe, expect, it } from "vitest";
import { toResourcePath } from "../../../../adapters/kubernetes/api/path.ts";

describe("toResourcePath", () => {
  it.each([
    [
      { group: "", version: "v1", resource: "pods", namespace: "default", name: "a" },
      "/api/v1/namespaces/default/pods/a",
    ],
    [{ group: "", version: "v1", resource: "pods" }, "/api/v1/pods"],
    [
      { group: "", version: "v1", resource: "nodes", namespace: null, name: "node-1" },
      "/api/v1/nodes/node-1",
    ],
    [
      {
        group: "kubemend.dev",
        version: "v1alpha1",
        resource: "remediations",
        namespace: "kubemend",
        name: "r",
        subresource: "status",
      },
      "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/r/status",
    ],
    [
      {
        group: "rbac.authorization.k8s.io",
        version: "v1",
        resource: "clusterroles",
        name: "system:a b?c",
      },
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aa%20b%3Fc",
    ],
  ] as const)("%j is at %s", (address, path) => {
    expect(toResourcePath(address)).toBe(path);
  });

  it.each(["..", ".", "a/b", "a%2fb", "", "\ud800"])(
    "%j is no part of a path: it is refused for good",
    (name) => {
      const address = { group: "", version: "v1", resource: "pods", namespace: "default", name };
      expect(() => toResourcePath(address)).toThrow(
        expect.objectContaining({ code: "Invalid", retryable: false }),
      );
    },
  );
});
