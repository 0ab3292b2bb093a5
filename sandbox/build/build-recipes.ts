import { checkDiskSpace } from "./disk-space.ts";
import { buildPrograms, listStalePackages, type GoBuild } from "./go-build.ts";
import { findGo, toGoEnvironment } from "./go-toolchain.ts";
import type { ProgressReporter } from "./progress.ts";
import type { Platform, Recipe } from "./recipe.ts";

export type RecipesBuild = {
  /** Folder of all built programs. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: Platform;
  readonly reporter: ProgressReporter;
  readonly toTarget: (recipe: Recipe) => string;
};

/** Builds the programs of recipes that share a module, and reports how far it is. Throws and rejects like `buildPrograms`. */
export async function buildRecipes(
  recipes: readonly Recipe[],
  build: RecipesBuild,
  signal?: AbortSignal,
): Promise<void> {
  const [first] = recipes;
  if (first === undefined) return;
  const { reporter } = build;
  reporter.enter("checking", "checking Go and free disk space");
  const environment = toGoEnvironment(build.environment, build.platform);
  const go = await findGo(first.moduleFolder, environment, signal);
  checkDiskSpace(go, build.cache, first.kubernetes);

  const names = describe(recipes);
  const compile = (): void => reporter.enter("building", `building ${names}`);
  const goBuild: GoBuild = {
    programs: recipes.map((recipe) => ({ ...recipe, target: build.toTarget(recipe) })),
    moduleFolder: first.moduleFolder,
    flags: first.flags,
    environment,
    onDownload: (module) => reporter.enter("downloading", `fetching modules for ${names}`, module),
    onCompile: compile,
  };
  const total = (await listStalePackages(goBuild, signal)).length;
  let compiled = 0;
  compile();
  await buildPrograms(
    {
      ...goBuild,
      onPackage() {
        compiled = Math.min(compiled + 1, total);
        reporter.advance(compiled / total);
      },
    },
    signal,
  );
  reporter.enter("built", `built ${recipes.map(({ name }) => name).join(", ")}`);
}

/** Short, because a bar follows it on the same line. */
function describe(recipes: readonly Recipe[]): string {
  if (recipes.length > 2) return `${recipes.length} programs of the control plane`;
  return recipes.map(({ name, version }) => `${name} ${version}`).join(" and ");
}
