import { suggestName } from "../../core/text/suggest.ts";
import { ok, refuse, type Result } from "../../core/result.ts";
import type { Recipe } from "./read-recipes.ts";

/**
 * The recipe that is meant: by number (`5`, `05`), by name (`failed-backup`), or by file (`01-failed-backup.yaml`). Refused with a sentence
 * that names what was probably meant.
 */
export function findRecipe(recipes: readonly Recipe[], wanted: string): Result<Recipe, string> {
  const name = wanted.replace(/\.ya?ml$/, "").toLowerCase();
  const found = recipes.find((recipe) => toNames(recipe).includes(name));
  if (found !== undefined) return ok(found);
  const near = findNear(recipes, name);
  const hint =
    near.length === 0
      ? "`kubemend recipes` lists them."
      : `Did you mean ${near.map((recipe) => `${recipe.number} ${recipe.name}`).join(", or ")}?`;
  return refuse(`There is no recipe ${wanted}. ${hint}`);
}

const NEAR_MAX = 3;

/** Those that have one of its words, or else the one whose name is nearest. */
function findNear(recipes: readonly Recipe[], name: string): readonly Recipe[] {
  const words = name.split(/[^a-z0-9]+/).filter((word) => word.length > 2);
  const having = recipes.filter((recipe) => {
    const text = `${recipe.name} ${recipe.happens} ${recipe.done}`.toLowerCase();
    return words.length > 0 && words.every((word) => text.includes(word));
  });
  if (having.length > 0) return having.slice(0, NEAR_MAX);
  const nearest = suggestName(
    name,
    recipes.map((recipe) => recipe.name),
  );
  return recipes.filter((recipe) => recipe.name === nearest);
}

function toNames({ number, name }: Recipe): readonly string[] {
  return [number, String(Number(number)), name, `${number}-${name}`];
}
