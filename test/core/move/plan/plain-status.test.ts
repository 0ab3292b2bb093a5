import { describe, expect, it } from "vitest";
import {
  parseDiscovery,
  parseResourceList,
} from "../../../../adapters/kubernetes/api/discovery-documents.ts";
import { chooseMovedVersion } from "../../../../core/move/plan/choose-moved-version.ts";
import { toMoved } from "../../../../core/move/to-moved.ts";
import type { Catalog, CatalogEntry } from "../../../../core/references/catalog.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { planCase } from "./plan-case.ts";
import { toObject } from "./set-objects.ts";

const PROJECT = toObject("appprojects.argoproj.io", "web");
const { type } = PROJECT;

/** The catalog of a server that serves projects, by aggregated discovery or by a list of its resources. */
function toCatalog(form: "aggregated" | "list", hasSubresource: boolean): Catalog {
  return createCatalog(readEntries(form, hasSubresource), "discovery");
}

function readEntries(form: "aggregated" | "list", hasSubresource: boolean) {
  const { group, version, resource, kind } = type;
  const verbs = ["list", "watch"];
  if (form === "aggregated") {
    const subresources = hasSubresource ? [{ subresource: "status" }] : [];
    const item = {
      resource,
      responseKind: { kind },
      scope: "Namespaced",
      verbs,
      subresources: [...subresources, { subresource: "scale" }],
    };
    const versions = [{ version, resources: [item] }];
    const items = [{ metadata: { name: group }, versions }];
    const [listed] = parseDiscovery({ kind: "APIGroupDiscoveryList", items }) ?? [];
    return listed?.resources ?? [];
  }
  const status = { name: `${resource}/status`, kind, namespaced: true, verbs: ["get"] };
  const resources = [
    { name: resource, kind, namespaced: true, verbs },
    ...(hasSubresource ? [status] : []),
  ];
  const listed = { group, version, preferred: true, resources: undefined };
  return (parseResourceList({ kind: "APIResourceList", resources }, listed) ?? []).filter(
    (entry: CatalogEntry) => entry.resource === resource,
  );
}

/** The object that the target gets. */
function move(source: Catalog, target: Catalog) {
  const chosen = chooseMovedVersion("appprojects.argoproj.io", source, target);
  const versions = new Map([["appprojects.argoproj.io", chosen]]);
  const [object] = planCase({
    objects: [PROJECT],
    select: ["web"],
    facts: { versions },
  }).objects;
  if (object === undefined) throw new Error("nothing is planned");
  const metadata = { name: "web", namespace: "shop", uid: object.uid, resourceVersion: "1" };
  const live = { apiVersion: "argoproj.io/v1", kind: "AppProject", metadata, spec: {} };
  const status = { jwtTokensByRole: { ci: { items: [{ id: "a" }] } } };
  return toMoved({ ...live, status }, { object, moveUid: "m", clusterUid: "c" });
}

describe.each(["aggregated", "list"] as const)("a status, by %s discovery", (form) => {
  it("moves with an object whose definition has no subresource for it", () => {
    expect(move(toCatalog(form, false), toCatalog(form, false))).toMatchObject({
      status: { jwtTokensByRole: { ci: { items: [{ id: "a" }] } } },
    });
  });

  it("does not move if either cluster has a subresource for it", () => {
    for (const [source, target] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const) {
      const moved = move(toCatalog(form, source), toCatalog(form, target));
      expect(moved).not.toHaveProperty("status");
    }
  });
});
