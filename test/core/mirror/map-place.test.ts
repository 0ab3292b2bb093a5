import { describe, expect, it } from "vitest";
import { mapPlace, unmapPlace } from "../../../core/mirror/map-place.ts";

const MAPPING = {
  namespaces: { shop: "shop-dr", a: "b", b: "a" },
  names: { prefix: "eu-", suffix: ".copy" },
};
const NONE = { namespaces: {}, names: {} };

describe("the place of a copy", () => {
  it.each([
    [{ namespace: "shop", name: "x" }, "configmaps", { namespace: "shop-dr", name: "eu-x.copy" }],
    [{ namespace: "other", name: "x" }, "configmaps", { namespace: "other", name: "eu-x.copy" }],
    [{ namespace: "a", name: "x" }, "configmaps", { namespace: "b", name: "eu-x.copy" }],
    [
      { namespace: null, name: "x" },
      "clusterroles.rbac.authorization.k8s.io",
      { namespace: null, name: "eu-x.copy" },
    ],
    [{ namespace: null, name: "shop" }, "namespaces", { namespace: null, name: "shop-dr" }],
  ])("of %o of %s is %o, and the other way round", (place, resource, copy) => {
    expect(mapPlace(place, resource, MAPPING)).toEqual(copy);
    expect(unmapPlace(copy, resource, MAPPING)).toEqual(place);
  });

  it.each([
    [{ namespace: "shop", name: "eu-x.copy" }, "configmaps"],
    [{ namespace: "other", name: "x.copy" }, "configmaps"],
    [{ namespace: "other", name: "eu-x" }, "configmaps"],
    [{ namespace: null, name: "shop" }, "namespaces"],
  ])("is not %o of %s, because nothing is mapped to it", (copy, resource) => {
    expect(unmapPlace(copy, resource, MAPPING)).toBeUndefined();
  });

  it("is not one whose prefix and suffix are the same characters", () => {
    const overlapping = { namespaces: {}, names: { prefix: "ab", suffix: "ba" } };
    expect(unmapPlace({ namespace: null, name: "aba" }, "nodes", overlapping)).toBeUndefined();
  });

  it("is the same without a mapping", () => {
    const place = { namespace: "constructor", name: "x" };
    expect(mapPlace(place, "configmaps", NONE)).toEqual(place);
  });
});
