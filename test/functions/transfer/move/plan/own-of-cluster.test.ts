import { beforeEach, describe, expect, it } from "vitest";
import type { OpenCluster } from "../../../../../adapters/clusters/open-clusters.ts";
import { describePlan } from "../../../../../core/move/plan/describe-plan.ts";
import { createCatalog } from "../../../../../core/references/create-catalog.ts";
import { planMove } from "../../../../../functions/transfer/move/plan/plan-move.ts";
import type { MoveSelection } from "../../../../../events/moves/move.ts";
import { MemoryWorld, type Side } from "../../../../support/move/memory-world.ts";

const SHOP = "/api/v1/namespaces/shop";
const KINDS = { configmaps: "ConfigMap", secrets: "Secret", serviceaccounts: "ServiceAccount" };

const catalog = createCatalog(
  Object.entries(KINDS).map(([resource, kind]) => ({
    group: "",
    version: "v1",
    kind,
    resource,
    namespaced: true,
    preferred: true,
  })),
  "discovery",
);

/** Two clusters with a namespace in which each has what every namespace has. */
class NamespaceWorld extends MemoryWorld {
  constructor() {
    super();
    for (const side of ["source", "target"] as const) {
      this.put(side, "configmaps", "kube-root-ca.crt", { data: { ca: side } });
      this.put(side, "configmaps", "istio-ca-root-cert", { data: { ca: side } });
      this.put(side, "serviceaccounts", "default", {});
    }
    this.put("source", "configmaps", "settings", { data: { color: "red" } });
    this.put("source", "serviceaccounts", "runner", {});
    this.put("source", "secrets", "password", {});
    const annotations = { "kubernetes.io/service-account.name": "runner" };
    this.put("source", "secrets", "runner-token", {
      metadata: { annotations },
      type: "kubernetes.io/service-account-token",
    });
  }

  put(side: Side, resource: keyof typeof KINDS, name: string, body: object): void {
    const kind = KINDS[resource];
    this[side].put(`${SHOP}/${resource}/${name}`, {
      apiVersion: "v1",
      kind,
      metadata: {},
      ...body,
    });
  }

  override toSide(name: Side): OpenCluster {
    const discovery = { catalog: async () => catalog, refresh: async () => catalog };
    return { ...super.toSide(name), discovery };
  }
}

describe("what each cluster has of its own", () => {
  let world: NamespaceWorld;
  const select: readonly MoveSelection[] = Object.keys(KINDS).map((resource) => ({
    resource,
    namespace: "shop",
  }));
  const plan = (selections: readonly MoveSelection[]) => {
    const { sides } = world.toDeps();
    const spec = { target: { cluster: "target" }, select: selections };
    return planMove(sides, { spec }, new AbortController().signal);
  };

  beforeEach(() => {
    world = new NamespaceWorld();
  });

  it("stays when all objects of its resource move, and is listed", async () => {
    const found = await plan(select);
    expect(found.problems).toEqual([]);
    expect(found.objects.map(({ name }) => name)).toEqual(["settings", "password", "runner"]);
    const text = describePlan(found, { source: "a", target: "b" });
    expect(text).toContain("Selected, and left out:");
    expect(found.leftOut.map(({ object }) => object).toSorted()).toEqual([
      "ConfigMap shop/istio-ca-root-cert",
      "ConfigMap shop/kube-root-ca.crt",
      "Secret shop/runner-token",
      "ServiceAccount shop/default",
    ]);
  });

  it("is nothing new when the move looks at its objects again", async () => {
    await world.begin({ select, pause: [] });
    const { move } = await world.follow();
    expect(move.status?.phase).toBe("Moved");
    const root = `${SHOP}/configmaps/kube-root-ca.crt`;
    expect(world.target.objects.get(root)?.["data"]).toEqual({ ca: "target" });
    expect(world.source.objects.has(root)).toBe(true);
  });

  it("is refused if it is selected by its name, without the advice to delete the target's", async () => {
    const named = { resource: "serviceaccounts", namespace: "shop", name: "default" };
    expect((await plan([named])).problems).toMatchObject([
      { code: "Bound", object: "ServiceAccount shop/default" },
    ]);
  });

  it("is said if a selection matches nothing else", async () => {
    world.source.objects.delete(`${SHOP}/serviceaccounts/runner`);
    const found = await plan([{ resource: "serviceaccounts", namespace: "shop" }]);
    expect(found.problems).toMatchObject([
      {
        code: "NothingSelected",
        reason: expect.stringContaining("besides what each cluster has of its own"),
      },
    ]);
    expect(describePlan(found, { source: "a", target: "b" })).toContain(
      "   ServiceAccount shop/default: each namespace has a ServiceAccount default of its own",
    );
  });
});
