import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseOfflineObjects } from "../../../../cli/simulate/decide/offline-objects.ts";
import { readPipelineFile } from "../../../../adapters/pipeline-file.ts";
import {
  listRecipes,
  readRecipeObjects,
  RECIPES,
  withUids,
} from "../../../examples/read-recipe.ts";
import { plan } from "./plan-rule.ts";

describe.each(listRecipes())("the simulation of docs/recipes/%s", (recipe) => {
  it("shows its operations on the objects of its story", async () => {
    const file = await readPipelineFile(join(RECIPES, recipe));
    if (!file.ok) throw new Error(JSON.stringify(file.error));
    const { trigger, others } = withUids(readRecipeObjects(recipe));
    const text = [trigger, ...others].map((object) => JSON.stringify(object)).join("\n---\n");
    const planned = await plan(file.value.pipeline, parseOfflineObjects(text, "objects"), trigger);
    expect({ refusal: planned.refusal, missing: planned.missing }).toEqual({});
    expect(planned.steps.length).toBeGreaterThan(0);
  });
});
