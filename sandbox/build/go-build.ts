import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createFolder } from "../../adapters/create-folder.ts";
import { KubemendError } from "../../core/errors.ts";
import { runGo } from "./go-command.ts";

export type GoProgram = {
  /** As messages name it. */
  readonly name: string;
  /** Its own. */
  readonly version: string;
  /** Go import path of its main package. */
  readonly mainPackage: string;
  /** Path of the program once it is built. */
  readonly target: string;
};

export type GoBuild = {
  /** All in one folder, and with different import paths. */
  readonly programs: readonly GoProgram[];
  /** Folder of the go.mod. */
  readonly moduleFolder: string;
  readonly flags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Called with the module that Go is downloading. */
  readonly onDownload: (module: string) => void;
  readonly onCompile: () => void;
  /** Called with each package whose compilation begins; not with those that Go's own cache has. */
  readonly onPackage?: ((name: string) => void) | undefined;
};

const PART = ".part";

/**
 * Builds programs of one module with one call of Go, so that all processors have work until the last one is linked. Each gets
 * its name once all are complete and on disk, so a `target` is never partial. The caller holds the cache's lock. Throws
 * KubemendError with Go's own reason; rejects with the signal's reason when aborted.
 */
export async function buildPrograms(build: GoBuild, signal?: AbortSignal): Promise<void> {
  const { programs } = build;
  const [first] = programs;
  if (first === undefined) return;
  const folder = dirname(first.target);
  createFolder(folder);
  removeParts(folder);
  const part = join(folder, `${process.pid}${PART}`);
  mkdirSync(part);
  // Go names several programs itself.
  const output = programs.length === 1 ? join(part, toProgramName(first)) : `${part}/`;
  const mainPackages = programs.map(({ mainPackage }) => mainPackage);
  using reader = createLineReader(build);
  const answer = await runGo(
    {
      args: ["build", "-v", ...build.flags, "-o", output, ...mainPackages],
      cwd: build.moduleFolder,
      environment: build.environment,
      onLine: reader.read,
    },
    signal,
  );
  if (answer.code !== 0) throw toBuildError(programs, answer.stderr);
  const built = programs.map((program) => ({
    path: join(part, toProgramName(program)),
    target: program.target,
  }));
  for (const { path } of built) flush(path);
  for (const { path, target } of built) renameSync(path, target);
  removeParts(folder);
}

/**
 * The packages that Go has to compile for the programs, those excluded that its cache has. Downloads the modules that are
 * missing, as the build would. Throws and rejects like the build.
 */
export async function listStalePackages(
  build: GoBuild,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  using reader = createLineReader(build);
  const mainPackages = build.programs.map(({ mainPackage }) => mainPackage);
  const template = "{{if .Stale}}{{.ImportPath}}{{end}}";
  const answer = await runGo(
    {
      args: ["list", "-deps", "-f", template, ...build.flags, ...mainPackages],
      cwd: build.moduleFolder,
      environment: build.environment,
      onLine: reader.read,
    },
    signal,
  );
  if (answer.code !== 0) throw toBuildError(build.programs, answer.stderr);
  return answer.stdout.split("\n").filter((line) => line !== "");
}

/** The last element of the import path that is no major version. https://go.dev/ref/mod#major-version-suffixes */
function toProgramName({ mainPackage }: GoProgram): string {
  const elements = mainPackage.split("/").filter((element) => !/^v[0-9]+$/.test(element));
  return elements.at(-1) ?? mainPackage;
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
  for (const name of readdirSync(folder)) {
    if (name.endsWith(PART)) rmSync(join(folder, name), { recursive: true, force: true });
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
function toBuildError(
  programs: readonly Pick<GoProgram, "name" | "version">[],
  stderr: string,
): KubemendError {
  const complaint = stderr
    .split("\n")
    .filter(
      (line) => line.trim() !== "" && !/^(go: downloading|#) /.test(line) && !PACKAGE.test(line),
    )
    .slice(-5)
    .join("\n");
  const advice = CAUSES.find(([pattern]) => pattern.test(stderr))?.[1];
  const names = programs.map(({ name, version }) => `${name} ${version}`.trim()).join(", ");
  return new KubemendError(
    "InvalidConfiguration",
    `${names} could not be built. ${advice ?? "Go says:"}\n${complaint}`,
    { retryable: false },
  );
}
