import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { KubemendError } from "../../core/errors.ts";
import type { BinaryName, Recipe } from "./recipe.ts";

/** A program that exists on this machine and need not be built. */
export type FoundProgram = {
  readonly name: BinaryName;
  readonly path: string;
  readonly version: string;
};

/** A program as it is looked for: by its name and the version that is needed. */
type Wanted = Pick<Recipe, "name" | "version">;

/** The programs that https://book.kubebuilder.io/reference/envtest keeps in its assets folder and that we can use. */
const REPLACEABLE: readonly BinaryName[] = ["etcd", "kube-apiserver"];

/**
 * etcd and kube-apiserver from KUBEBUILDER_ASSETS; none if the variable is not set. Throws InvalidConfiguration if one is missing
 * there, or has another minor version than the rest of the control plane, which would not work with it.
 */
export async function findAssets(
  recipes: readonly Wanted[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<readonly FoundProgram[]> {
  const folder = environment["KUBEBUILDER_ASSETS"];
  if (folder === undefined || folder === "") return [];
  const wanted = recipes.filter(({ name }) => REPLACEABLE.includes(name));
  const missing = wanted.filter(({ name }) => !isProgram(join(folder, name)));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(" or ");
    throw refuse(
      `KUBEBUILDER_ASSETS=${folder} does not contain an executable ${names}. Put them there, or unset the variable to have them built.`,
    );
  }
  return Promise.all(
    wanted.map(async (recipe) => {
      const path = join(folder, recipe.name);
      const version = await readProgramVersion(path, environment, signal);
      if (version !== undefined && isFitting(version, recipe)) {
        return { name: recipe.name, path, version };
      }
      throw refuse(
        `KUBEBUILDER_ASSETS=${folder} has ${recipe.name} ${version ?? "that prints no version"}, but the sandbox needs ${toMinor(recipe.version)}. Put that there, or unset the variable to have it built.`,
      );
    }),
  );
}

/**
 * The programs on the PATH that have the same minor version as the recipe: the first of its name, as a shell would find it. None
 * if KUBEMEND_SANDBOX_PROGRAMS is `built`.
 */
export async function findOnPath(
  recipes: readonly Wanted[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<readonly FoundProgram[]> {
  if (!mayBeFound(environment)) return [];
  // A relative folder of the PATH is another one in each working directory, which nobody intends.
  const folders = (environment["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const found = await Promise.all(
    recipes.map(async (recipe) => {
      const path = folders.map((folder) => join(folder, recipe.name)).find(isProgram);
      if (path === undefined) return [];
      const version = await readProgramVersion(path, environment, signal);
      if (version === undefined || !isFitting(version, recipe)) return [];
      return [{ name: recipe.name, path, version }];
    }),
  );
  return found.flat();
}

/** `using etcd 3.6.9 and kwok 0.8.1 from /usr/bin` */
export function describeFound(programs: readonly FoundProgram[]): string {
  const list = new Intl.ListFormat("en");
  const folders = Map.groupBy(programs, ({ path }) => dirname(path));
  const texts = Array.from(folders, ([folder, found]) => {
    const names = found.map(({ name, version }) => `${name} ${version}`);
    return `${list.format(names)} from ${folder}`;
  });
  return `using ${texts.join("; ")}`;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function mayBeFound(environment: NodeJS.ProcessEnv): boolean {
  const setting = environment["KUBEMEND_SANDBOX_PROGRAMS"] ?? "";
  if (setting === "" || setting === "found") return true;
  if (setting === "built") return false;
  throw refuse(
    `KUBEMEND_SANDBOX_PROGRAMS is ${JSON.stringify(setting)}. Set it to built, so that programs on the PATH are not used, or to found, the default.`,
  );
}

/** `etcd Version: 3.6.8`, `Kubernetes v1.36.3`, `kwok version v0.8.0 go1.26.8 (linux/amd64)`; a release, no candidate for one. */
const RELEASE = /^(?:etcd Version:|Kubernetes|kwok version) v?(\d+\.\d+\.\d+)(?![\w.-])/m;
/** The API server needs a fifth of a second. */
const VERSION_TIMEOUT_MS = 5_000;

/** Undefined if the program fails, takes long, or prints something else. */
async function readProgramVersion(
  path: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], {
      env: environment,
      timeout: VERSION_TIMEOUT_MS,
      killSignal: "SIGKILL",
      ...(signal === undefined ? {} : { signal }),
    });
    return RELEASE.exec(stdout)?.[1];
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/**
 * Patches of one minor version work together: https://kubernetes.io/releases/version-skew-policy/. Another minor version may read
 * the data folder of this one wrongly, or serve too little.
 */
function isFitting(version: string, recipe: Wanted): boolean {
  return version.startsWith(`${recipe.version.replace(/\.\d+$/, "")}.`);
}

const toMinor = (version: string): string => version.replace(/\.\d+$/, ".x");

const refuse = (message: string): KubemendError =>
  new KubemendError("InvalidConfiguration", message, { retryable: false });
