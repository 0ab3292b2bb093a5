import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  BUILTIN_MINORS,
  builtinCatalog,
  builtinCatalogOf,
} from "../../../core/references/builtin.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import catalog124 from "./data/catalog-1.24.json" with { type: "json" };
import catalog136 from "./data/catalog-1.36.json" with { type: "json" };

function toSorted(entries: readonly CatalogEntry[] | undefined): readonly string[] {
  return (entries ?? [])
    .map(({ group, version, kind, resource, namespaced, preferred }) =>
      JSON.stringify([group, version, kind, resource, namespaced, preferred]),
    )
    .toSorted();
}

describe("the built-in table", () => {
  test("equals the published catalogs for 1.24 and 1.36", () => {
    expect(toSorted(builtinCatalogOf(24)?.entries)).toEqual(toSorted(catalog124));
    expect(toSorted(builtinCatalogOf(36)?.entries)).toEqual(toSorted(catalog136));
    expect(builtinCatalog()).toBe(builtinCatalogOf(36));
  });

  test("has every version from 1.24 to 1.36, each with its source, and no other", () => {
    expect(BUILTIN_MINORS).toEqual([24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36]);
    expect(builtinCatalogOf(23)).toBeUndefined();
    expect(builtinCatalogOf(37)).toBeUndefined();
    const url = new URL("../../../core/references/data/README.md", import.meta.url);
    const sources = readFileSync(url, "utf8");
    for (const minor of BUILTIN_MINORS) {
      expect(sources).toContain(`v1.${minor}.`);
    }
  });

  // https://kubernetes.io/docs/reference/using-api/deprecation-guide/
  test.each([
    ["batch/v1beta1", "CronJob", 24],
    ["policy/v1beta1", "PodSecurityPolicy", 24],
    ["autoscaling/v2beta2", "HorizontalPodAutoscaler", 25],
    ["storage.k8s.io/v1beta1", "CSIStorageCapacity", 26],
    ["flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 28],
    ["flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", 31],
  ])("serves %s %s up to 1.%i", (apiVersion, kind, last) => {
    const isServed = (minor: number): boolean =>
      builtinCatalogOf(minor)?.entries.some(
        (entry) => `${entry.group}/${entry.version}` === apiVersion && entry.kind === kind,
      ) ?? false;
    expect(isServed(last)).toBe(true);
    expect(isServed(last + 1)).toBe(false);
  });

  test.each(BUILTIN_MINORS)(
    "of 1.%i prefers one version in each group, and knows no kind twice in it",
    (minor) => {
      const entries = builtinCatalogOf(minor)?.entries ?? [];
      const preferred = Map.groupBy(
        entries.filter((entry) => entry.preferred),
        (entry) => entry.group,
      );
      for (const entry of entries) {
        expect(new Set(preferred.get(entry.group)?.map((one) => one.version)).size).toBe(1);
      }
      expect(
        new Set(entries.map(({ group, version, kind }) => `${group}/${version}/${kind}`)).size,
      ).toBe(entries.length);
    },
  );

  test("is in the preferred version of each group by default", () => {
    const catalog = builtinCatalogOf(28);
    const found =
      catalog === undefined
        ? undefined
        : findResource(catalog, "flowschemas.flowcontrol.apiserver.k8s.io");
    expect(found?.version).toBe("v1beta3");
  });
});
