import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createFolder } from "../../adapters/create-folder.ts";
import { KubemendError } from "../../core/errors.ts";
import { runGo } from "./go-command.ts";
import type { Recipe } from "./recipe.ts";

/** The part of a recipe that a build needs. */
export type GoProgram = Omit<Recipe, "name" | "cacheFolder" | "packages"> & {
  readonly name: string;
};

export type GoBuild = {
  readonly recipe: GoProgram;
  readonly target: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Called with the module that Go is downloading. */
  readonly onDownload: (module: string) => void;
  readonly onCompile: () => void;
  /** Called with each package that was compiled; not with those that Go's own cache has. */
  readonly onPackage?: ((name: string) => void) | undefined;
};

const PART = ".part";

/**
 * Builds one binary under a temporary name and renames it once it is complete and on disk, so `target` is never partial.
 * The caller holds the cache's lock. Throws KubemendError with Go's own reason; rejects with the signal's reason when aborted.
 */
export async function buildBinary(build: GoBuild, signal?: AbortSignal): Promise<void> {
  const folder = dirname(build.target);
  createFolder(folder);
  removeParts(folder);
  const part = join(folder, `${basename(build.target)}.${process.pid}${PART}`);
  using reader = createLineReader(build);
  const answer = await runGo(
    {
      args: ["build", "-v", ...build.recipe.flags, "-o", part, build.recipe.mainPackage],
      cwd: build.recipe.moduleFolder,
      environment: build.environment,
      onLine: reader.read,
    },
    signal,
  );
  if (answer.code !== 0) throw toBuildError(build.recipe, answer.stderr);
  flush(part);
  renameSync(part, build.target);
}

/** If Go has downloaded nothing for so long, it is compiling, even if no package is ready yet. */
const SILENCE_MS = 2_000;
/** A package that is compiled, as `go build -v` prints it. */
const PACKAGE = /^[\w.~-]+(?:\/[\w.~-]+)*$/;

function createLineReader(build: GoBuild): Disposable & { readonly read: (line: string) => void } {
  let silence: NodeJS.Timeout | undefined;
  return {
    read(line) {
      const module = /^go: downloading (\S+ \S+)/.exec(line)?.[1];
      if (module === undefined) {
        if (PACKAGE.test(line)) build.onPackage?.(line);
        return;
      }
      clearTimeout(silence);
      build.onDownload(module);
      silence = setTimeout(build.onCompile, SILENCE_MS);
    },
    [Symbol.dispose]: () => clearTimeout(silence),
  };
}

/** Removes what an interrupted build left behind. The lock guarantees that nobody else is building. */
function removeParts(folder: string): void {
  for (const file of readdirSync(folder)) {
    if (file.endsWith(PART)) rmSync(join(folder, file), { force: true });
  }
}

function flush(file: string): void {
  const descriptor = openSync(file, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/no space left on device/, "The disk is full. Free some space and run the command again."],
  [
    /signal: killed|cannot allocate memory/,
    "The compiler was killed, most likely because memory ran out: it needs about 2 GB. Free some memory, or set GOFLAGS=-p=1.",
  ],
  [
    /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake|x509:|module lookup disabled|404 Not Found|410 Gone|403 Forbidden/,
    "Go could not download a module. Check the network, or set GOPROXY to a mirror that you can reach.",
  ],
];

/** Go's error message, with a hint. */
export function toBuildError(recipe: GoProgram, stderr: string): KubemendError {
  const complaint = stderr
    .split("\n")
    .filter(
      (line) => line.trim() !== "" && !/^(go: downloading|#) /.test(line) && !PACKAGE.test(line),
    )
    .slice(-5)
    .join("\n");
  const advice = CAUSES.find(([pattern]) => pattern.test(stderr))?.[1];
  return new KubemendError(
    "InvalidConfiguration",
    `${recipe.name} ${recipe.version} could not be built. ${advice ?? "Go says:"}\n${complaint}`,
    { retryable: false },
  );
}
