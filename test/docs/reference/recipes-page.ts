import { readFileSync } from "node:fs";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { readRecipes, type Recipe } from "../../../cli/recipes/read-recipes.ts";
import { recipeCatalog, RECIPES } from "../../examples/read-recipe.ts";

/** The rights that remediate always has: on its records, on Events about them, and to ask which cluster it is. */
const COMMON = /^(?:remediations|events$|events\.|namespaces)/;

/** Each recipe with its story, its rights, and how to see it happen. */
export function createRecipesPage(): string {
  return `# Recipes

Each file is in [docs/recipes](../recipes/README.md), which lists them in a line each. \`kubemend recipes 01 > pipeline.yaml\` prints one, and \`kubemend recipes 01 --objects\` the objects of its story. The rights are those that remediate needs besides its own records; \`kubemend recipes 01 | kubemend validate - --rbac\` prints the manifests for all parts.

In a clone \`npx vitest run --project e2e test/e2e/actions/recipes.test.ts -t 01-\` plays a story on the sandbox's control plane: the objects are created, the state is brought about, and the real functions act on it under exactly these rights.

${readRecipes(RECIPES).map(toSection).join("\n")}`;
}

function toSection(recipe: Recipe): string {
  const { number, name, happens, done, file } = recipe;
  const text = readFileSync(file, "utf8");
  return `## ${number} ${name}

What happens: ${happens}. What is done: ${done}.

${readStory(text)}

Rights: ${readRights(text).join("; and ")}.
`;
}

/** The comment at the beginning. */
function readStory(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^# ?/, ""))
    .join(" ");
}

function readRights(text: string): readonly string[] {
  const read = parsePipelineText(text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const { remediate } = planPermissions(read.value.pipeline, recipeCatalog());
  return remediate.flatMap(({ namespace, rules }) => {
    const own = rules.filter(({ resources }) => !resources.some((one) => COMMON.test(one)));
    if (own.length === 0) return [];
    const where = namespace === null ? "in the cluster" : `in ${namespace}`;
    const rights = own.map(({ resources, verbs }) => `${verbs.join(", ")} ${resources.join(", ")}`);
    return [`${where}: ${rights.join("; ")}`];
  });
}
