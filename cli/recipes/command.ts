import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput } from "../terminal/output.ts";
import { writeOutput } from "../terminal/streams.ts";
import { findRecipe } from "./find-recipe.ts";
import { readRecipes, type Recipe } from "./read-recipes.ts";

type Options = { readonly objects?: boolean; readonly json?: boolean };

/** `kubemend recipes [NAME]`: lists the recipes, or prints one, so that it can be written to a file. */
export function recipesCommand(): Command {
  return new Command("recipes")
    .description("List recipes, pipeline files for common troubles, or print one")
    .argument("[name]", "number or name of a recipe: 05, or more-memory-after-oom")
    .option(
      "--objects",
      "print the objects of its story instead: the one that matches, and those around it",
    )
    .option("--json", "print one JSON object per recipe")
    .addHelpText(
      "after",
      `
  kubemend recipes                                          all of them
  kubemend recipes 05 > pipeline.yaml                       one, to change it and to run it
  kubemend recipes 05 | kubemend validate - --rbac          what it means, and which rights it needs
  kubemend recipes 05 --objects | kubemend resolve -        what the objects of its story refer to`,
    )
    .action(printRecipes);
}

function printRecipes(name: string | undefined, options: Options): void {
  const recipes = readRecipes(join(findProjectRoot(), "docs", "recipes"));
  const output = createOutput({ json: options.json ?? false });
  if (name === undefined) {
    if (options.objects === true) throw misuse("--objects needs the name of a recipe");
    const width = Math.max(...recipes.map((recipe) => recipe.name.length));
    for (const recipe of recipes) output.report(formatRow(recipe, width), toRow(recipe));
    output.print("\n`kubemend recipes NAME` prints one, with --objects the objects of its story.");
    return;
  }
  const found = findRecipe(recipes, name);
  if (!found.ok) throw misuse(toPrintable(found.error));
  const { file, objects } = found.value;
  if (options.json === true) {
    output.report("", { ...toRow(found.value), pipeline: read(file), objects: read(objects) });
    return;
  }
  writeOutput(read(options.objects === true ? objects : file));
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function formatRow({ number, name, happens, done }: Recipe, width: number): string {
  return `${pc.bold(number)}  ${name.padEnd(width)}  ${pc.dim(`${happens}: ${done}`)}`;
}

function toRow({ number, name, happens, done }: Recipe): Readonly<Record<string, unknown>> {
  return { number, name, happens, done };
}
