import { describe, expect, it } from "vitest";
import { mapPlace } from "../../../core/mirror/map-place.ts";

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
  ])("of %o of %s is %o", (place, resource, copy) => {
    expect(mapPlace(place, resource, MAPPING)).toEqual(copy);
  });

  it("is the same without a mapping", () => {
    const place = { namespace: "constructor", name: "x" };
    expect(mapPlace(place, "configmaps", NONE)).toEqual(place);
  });
});
