import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import { waitForLock } from "../host/file-lock.ts";
import { cacheDir } from "../host/folders.ts";
import { findProjectRoot } from "../host/project-root.ts";
import { buildRecipes } from "./build-recipes.ts";
import {
  describeFound,
  findAssets,
  findOnPath,
  isProgram,
  type FoundProgram,
} from "./found-programs.ts";
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
  /** Default: this process's. PATH, KUBEBUILDER_ASSETS, KUBEMEND_SANDBOX_PROGRAMS, GOPROXY, GOFLAGS, and everything else that Go reads. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Folder with one folder per Go module; default: Kubemend's own. */
  readonly sourceFolder?: string | undefined;
  /** Called at each step, and every second in between. */
  readonly progress?: ((progress: Progress) => void) | undefined;
};

/**
 * The control plane's programs. etcd and kube-apiserver come from KUBEBUILDER_ASSETS if it is set. The others come from the cache,
 * else from the PATH if their version fits, else they are built with Go (minutes, once). Idempotent. An interrupted build leaves
 * no partial binary; if two processes start at once, one builds and the other waits. Throws InvalidConfiguration with a hint if
 * KUBEBUILDER_ASSETS does not fit, if there is no Go, or one that is too old, or no disk space, or no network; rejects with the
 * signal's reason when aborted.
 */
export async function ensureBinaries(
  options: BinariesOptions,
  signal?: AbortSignal,
): Promise<Binaries> {
  using reporter = createProgressReporter(options.progress ?? (() => {}));
  const recipes = readRecipes(toSourceFolder(options), toPlatform());
  const found = await findPrograms(recipes, options, signal);
  if (found.length > 0) reporter.enter("found", describeFound(found));
  const rest = recipes.filter((recipe) => !found.some(({ name }) => name === recipe.name));
  const built = await ensureBuilt(rest, options, reporter, signal);
  return Object.fromEntries([...found, ...built].map(({ name, path }) => [name, path])) as Binaries;
}

/** The kube-apiserver of an older minor: from the cache, or built (minutes, once). */
export async function ensureOlderApiServer(
  minor: OlderApiServer,
  options: BinariesOptions,
  signal?: AbortSignal,
): Promise<string> {
  using reporter = createProgressReporter(options.progress ?? (() => {}));
  const recipe = readOlderApiServer(minor, toSourceFolder(options), toPlatform());
  const [server] = await ensureBuilt([recipe], options, reporter, signal);
  return server?.path ?? "";
}

/** The same, only if it is in the cache; undefined if it would have to be built. */
export function findOlderApiServer(
  minor: OlderApiServer,
  options: BinariesOptions = {},
): string | undefined {
  const target = toTarget(
    readOlderApiServer(minor, toSourceFolder(options), toPlatform()),
    options,
  );
  return isProgram(target) ? target : undefined;
}

/** The programs that neither come from the cache nor have to be built. */
async function findPrograms(
  recipes: readonly Recipe[],
  options: BinariesOptions,
  signal?: AbortSignal,
): Promise<readonly FoundProgram[]> {
  const environment = options.environment ?? process.env;
  const assets = await findAssets(recipes, environment, signal);
  const missing = recipes.filter(
    (recipe) =>
      !assets.some(({ name }) => name === recipe.name) && !isProgram(toTarget(recipe, options)),
  );
  return [...assets, ...(await findOnPath(missing, environment, signal))];
}

type Program = { readonly name: BinaryName; readonly path: string };

/** The recipes' programs in the cache; builds those that are missing. */
async function ensureBuilt(
  recipes: readonly Recipe[],
  options: BinariesOptions,
  reporter: ProgressReporter,
  signal?: AbortSignal,
): Promise<readonly Program[]> {
  const isMissing = (recipe: Recipe): boolean => !isProgram(toTarget(recipe, options));
  if (recipes.some(isMissing)) {
    using _lock = await waitForLock(
      join(toCache(options), "build.lock"),
      (holder) => reporter.enter("waiting", toWaitMessage(holder)),
      signal,
    );
    // Another process may have built them while we waited.
    const missing = recipes.filter(isMissing);
    const build = {
      cache: toCache(options),
      environment: options.environment ?? process.env,
      platform: toPlatform(),
      reporter,
      toTarget: (recipe: Recipe) => toTarget(recipe, options),
    };
    if (missing.length > 0) await buildRecipes(missing, build, signal);
  }
  return recipes.map((recipe) => ({ name: recipe.name, path: toTarget(recipe, options) }));
}

function toSourceFolder(options: BinariesOptions): string {
  return options.sourceFolder ?? join(findProjectRoot(), "sandbox", "build");
}

function toCache(options: BinariesOptions): string {
  return join(options.cacheDir ?? cacheDir(), "control-plane");
}

function toTarget(recipe: Recipe, options: BinariesOptions): string {
  return join(toCache(options), recipe.cacheFolder, recipe.name);
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
