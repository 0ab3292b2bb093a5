import { describe, expect, it } from "vitest";
import {
  planPersonRights,
  type MovePlace,
} from "../../../../core/pipeline/rights/person-move-rights.ts";

const shop: MovePlace = { resource: "tops.x.io", namespace: "shop" };
const wide: MovePlace = { resource: "fleets.x.io", namespace: null };
const plan = (places = [shop], createsNamespaces = false) =>
  planPersonRights({ places, selected: [shop], recordNamespace: "kubemend", createsNamespaces });

describe("the rights of a person who carries a move out", () => {
  it("are on the objects only in their namespaces, and on Moves beside the records", () => {
    const { source, target } = plan();
    expect(source.map(({ namespace }) => namespace)).toEqual([null, "kubemend", "shop"]);
    expect(source[0]?.rules).toEqual([
      {
        apiGroups: [""],
        resources: ["namespaces"],
        resourceNames: ["kube-system"],
        verbs: ["get"],
      },
      { apiGroups: ["kubemend.dev"], resources: ["moves"], verbs: ["list"] },
      { apiGroups: ["kubemend.dev"], resources: ["movesteps"], verbs: ["list"] },
    ]);
    expect(source[1]?.rules).toContainEqual({
      apiGroups: ["kubemend.dev"],
      resources: ["moves"],
      verbs: ["create", "execute", "get", "patch"],
    });
    expect(source[2]?.rules).toEqual([
      { apiGroups: ["*"], resources: ["*"], verbs: ["list"] },
      { apiGroups: ["x.io"], resources: ["tops"], verbs: ["delete", "get", "list", "patch"] },
    ]);
    expect(target[1]).toEqual({
      namespace: "shop",
      rules: [
        { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
        {
          apiGroups: ["x.io"],
          resources: ["tops"],
          verbs: ["create", "delete", "get", "list", "patch"],
        },
      ],
    });
  });

  it("are to list everything if what moves is in no namespace", () => {
    const { source } = plan([shop, wide]);
    expect(source[0]?.rules).toContainEqual({
      apiGroups: ["*"],
      resources: ["*"],
      verbs: ["list"],
    });
  });

  it("are to create namespaces only if the move does", () => {
    const create = { apiGroups: [""], resources: ["namespaces"], verbs: ["create", "get"] };
    expect(plan().target[0]?.rules).not.toContainEqual(create);
    expect(plan([shop], true).target[0]?.rules).toContainEqual(create);
  });
});
