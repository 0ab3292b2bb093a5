import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import { cacheDir } from "../host/folders.ts";
import { findProjectRoot } from "../host/project-root.ts";
import { checkDiskSpace } from "./disk-space.ts";
import { waitForLock } from "../host/file-lock.ts";
import { buildBinary } from "./go-build.ts";
import { findGo, toGoEnvironment } from "./go-toolchain.ts";
import { createProgressReporter, type Progress, type ProgressReporter } from "./progress.ts";
import {
  readOlderApiServer,
  readRecipes,
  type BinaryName,
  type OlderApiServer,
  type Platform,
  type Recipe,
} from "./recipe.ts";

export type Binaries = Readonly<Record<BinaryName, string>>;

export type BinariesOptions = {
  /** Default: Kubemend's folder in the user's cache. */
  readonly cacheDir?: string | undefined;
  /** Default: this process's. PATH, GOPROXY, GOFLAGS, KUBEBUILDER_ASSETS, and everything else that Go reads. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Folder with one folder per Go module; default: Kubemend's own. */
  readonly sourceFolder?: string | undefined;
  /** Called at each step, and every second in between. */
  readonly progress?: ((progress: Progress) => void) | undefined;
};

/** The programs that https://book.kubebuilder.io/reference/envtest keeps in its assets folder and that we can use. */
const REPLACEABLE: readonly BinaryName[] = ["etcd", "kube-apiserver"];

/**
 * The control plane's programs: from the cache, or built with Go (minutes, once). Idempotent. An interrupted build leaves no
 * partial binary; if two processes start at once, one builds and the other waits. KUBEBUILDER_ASSETS replaces etcd and
 * kube-apiserver. Throws InvalidConfiguration with a hint if there is no Go, or one that is too old, or no disk space, or no
 * network; rejects with the signal's reason when aborted.
 */
export async function ensureBinaries(
  options: BinariesOptions,
  signal?: AbortSignal,
): Promise<Binaries> {
  const environment = options.environment ?? process.env;
  const recipes = readRecipes(toSourceFolder(options), toPlatform());
  const assets = findAssets(environment);
  const paths = await ensureBuilt(options, { recipes, assets }, signal);
  return Object.fromEntries(
    recipes.map((recipe, index) => [recipe.name, paths[index]]),
  ) as Binaries;
}

/** The kube-apiserver of an older minor: from the cache, or built (minutes, once). Never replaced by KUBEBUILDER_ASSETS. */
export async function ensureOlderApiServer(
  minor: OlderApiServer,
  options: BinariesOptions,
  signal?: AbortSignal,
): Promise<string> {
  const recipe = readOlderApiServer(minor, toSourceFolder(options), toPlatform());
  const [path = ""] = await ensureBuilt(options, { recipes: [recipe], assets: {} }, signal);
  return path;
}

/** The paths of the recipes' programs, in order; builds those that are missing. */
async function ensureBuilt(
  options: BinariesOptions,
  wanted: {
    readonly recipes: readonly Recipe[];
    readonly assets: Partial<Record<BinaryName, string>>;
  },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { recipes, assets } = wanted;
  const cache = join(options.cacheDir ?? cacheDir(), "control-plane");
  const targetOf = (recipe: Recipe): string =>
    assets[recipe.name] ?? join(cache, recipe.cacheFolder, recipe.name);
  const isMissing = (recipe: Recipe): boolean => !isProgram(targetOf(recipe));

  if (recipes.some(isMissing)) {
    using reporter = createProgressReporter(options.progress ?? (() => {}));
    using _lock = await waitForLock(
      join(cache, "build.lock"),
      (holder) => reporter.enter("waiting", toWaitMessage(holder)),
      signal,
    );
    // Another process may have built them while we waited.
    const missing = recipes.filter(isMissing);
    if (missing.length > 0) {
      const environment = options.environment ?? process.env;
      await buildAll({ missing, recipes, cache, environment, reporter, targetOf }, signal);
    }
  }
  return recipes.map(targetOf);
}

function toSourceFolder(options: BinariesOptions): string {
  return options.sourceFolder ?? join(findProjectRoot(), "sandbox", "build");
}

type BuildAll = {
  readonly missing: readonly Recipe[];
  readonly cache: string;
  readonly recipes: readonly Recipe[];
  readonly environment: NodeJS.ProcessEnv;
  readonly reporter: ProgressReporter;
  readonly targetOf: (recipe: Recipe) => string;
};

async function buildAll(build: BuildAll, signal?: AbortSignal): Promise<void> {
  const { missing, reporter } = build;
  const environment = toGoEnvironment(build.environment, toPlatform());
  reporter.enter("checking", "checking Go and free disk space");
  const [first] = missing;
  if (first === undefined) return;
  const go = await findGo(first.moduleFolder, environment, signal);
  const kubernetes = build.recipes.find((recipe) => recipe.name === "kube-apiserver");
  checkDiskSpace(go, build.cache, kubernetes?.version ?? "");
  const total = missing.reduce((sum, { packages }) => sum + packages, 0);
  let before = 0;
  for (const [index, recipe] of missing.entries()) {
    let compiled = 0;
    const place = `${recipe.name} ${recipe.version} (${index + 1} of ${missing.length})`;
    const compile = (): void => reporter.enter("building", `building ${place}`);
    compile();
    await buildBinary(
      {
        recipe,
        target: build.targetOf(recipe),
        environment,
        onDownload: (module) =>
          reporter.enter("downloading", `fetching modules for ${place}`, module),
        onCompile: compile,
        onPackage() {
          compiled = Math.min(compiled + 1, recipe.packages);
          reporter.advance((before + compiled) / total);
        },
      },
      signal,
    );
    before += recipe.packages;
    reporter.advance(before / total);
  }
  reporter.enter("built", `built ${missing.map((recipe) => recipe.name).join(", ")}`);
}

const toWaitMessage = (holder: number | undefined): string =>
  `waiting for another process${holder === undefined ? "" : ` (${holder})`} that is building the control plane`;

function toPlatform(): Platform {
  if (process.platform === "linux" || process.platform === "darwin") {
    return { os: process.platform, arch: process.arch };
  }
  throw new KubemendError(
    "InvalidConfiguration",
    `The sandbox runs on Linux and macOS, not on ${process.platform}. On Windows use WSL 2.`,
    { retryable: false },
  );
}

function findAssets(environment: NodeJS.ProcessEnv): Partial<Record<BinaryName, string>> {
  const folder = environment["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "") return {};
  const missing = REPLACEABLE.filter((name) => !isProgram(join(folder, name)));
  if (missing.length > 0) {
    throw new KubemendError(
      "InvalidConfiguration",
      `KUBEBUILDER_ASSETS=${folder} does not contain an executable ${missing.join(" or ")}. Put them there, or unset the variable to have them built.`,
      { retryable: false },
    );
  }
  return Object.fromEntries(REPLACEABLE.map((name) => [name, join(folder, name)]));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
