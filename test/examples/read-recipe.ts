import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../events/change.ts";
import { sha256 } from "../../events/ids.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { createCatalog } from "../../core/references/create-catalog.ts";

export const RECIPES: string = join(import.meta.dirname, "..", "..", "docs", "recipes");

/** The numbered pipeline files, in their order. */
export function listRecipes(): readonly string[] {
  return readdirSync(RECIPES)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
}

/** The catalog of a cluster with the resources of the stories. */
export function recipeCatalog(): Catalog {
  const own = { preferred: true, namespaced: true };
  return createCatalog(
    [
      ...builtinCatalog().entries,
      {
        ...own,
        group: "argoproj.io",
        version: "v1alpha1",
        resource: "applicationsets",
        kind: "ApplicationSet",
      },
      {
        ...own,
        group: "cert-manager.io",
        version: "v1",
        resource: "certificates",
        kind: "Certificate",
      },
    ],
    "discovery",
  );
}

export type RecipeObjects = {
  /** The object whose change matches. */
  readonly trigger: KubernetesObject;
  /** Other objects of the story. */
  readonly others: readonly KubernetesObject[];
};

/** The objects of `01-x.yaml` are in `objects/01.yaml`, the trigger first. */
export function readRecipeObjects(recipe: string): RecipeObjects {
  const text = readFileSync(join(RECIPES, "objects", `${recipe.slice(0, 2)}.yaml`), "utf8");
  const documents = parseAllDocuments(text);
  const objects =
    "empty" in documents ? [] : documents.map((one) => one.toJS() as KubernetesObject);
  const [trigger, ...others] = objects;
  if (trigger === undefined) throw new Error(`${recipe} has no objects`);
  return { trigger, others };
}

/** The same with uids, also of owners, as an API server gives them. */
export function withUids({ trigger, others }: RecipeObjects): RecipeObjects {
  return { trigger: withUid(trigger), others: others.map(withUid) };
}

type Owner = { readonly kind: string; readonly name: string };

function withUid(object: KubernetesObject): KubernetesObject {
  const uid = toUid({ kind: object.kind, name: object.metadata.name });
  const owners = object.metadata["ownerReferences"] as readonly Owner[] | undefined;
  const ownerReferences = owners?.map((owner) => ({ ...owner, uid: toUid(owner) }));
  const owned = ownerReferences === undefined ? {} : { ownerReferences };
  const metadata = { resourceVersion: "1", generation: 1, ...object.metadata, ...owned, uid };
  return { ...object, metadata };
}

function toUid({ kind, name }: Owner): string {
  return `00000000-0000-4000-8000-${sha256(kind, name).slice(0, 12)}`;
}
