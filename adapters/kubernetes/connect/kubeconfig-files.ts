import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { describeError } from "../../../core/errors.ts";
import { isObject } from "../../../core/json/read-json.ts";
import { invalidKubeconfig } from "./kubeconfig-document.ts";

type Fields = Readonly<Record<string, unknown>>;
type Named = { readonly name: string; readonly [field: string]: unknown };

/** The kubeconfig that several files make together, in the form of a single one. All paths in it are absolute. */
export type MergedKubeconfig = {
  readonly "current-context": string;
  readonly clusters: readonly Named[];
  readonly contexts: readonly Named[];
  readonly users: readonly Named[];
};

/** Which files to read. */
export type KubeconfigFiles = {
  /** In the order of their priority, each once. */
  readonly paths: readonly string[];
  /** A file that does not exist is an error, instead of being left out. */
  readonly required: boolean;
  /** What named the files, for error messages. */
  readonly source: string;
};

const LISTS = ["clusters", "contexts", "users"] as const;

/**
 * The files that kubectl would read: those of `kubeconfig`, of the variable KUBECONFIG, or ~/.kube/config. A single file that
 * `kubeconfig` names must exist; of several files some may be missing.
 */
export function findKubeconfigFiles(
  kubeconfig: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): KubeconfigFiles {
  const named = kubeconfig ?? "";
  const list = named === "" ? (environment["KUBECONFIG"] ?? "") : named;
  const paths = [...new Set(list.split(delimiter).filter(Boolean))];
  if (paths.length > 0) {
    const source = named === "" ? "KUBECONFIG" : `kubeconfig ${named}`;
    return { paths, required: named !== "" && paths.length === 1, source };
  }
  const home = environment["HOME"] || homedir();
  return { paths: [join(home, ".kube", "config")], required: false, source: "kubeconfig" };
}

/**
 * Reads the files as kubectl does: an empty file counts as one without entries; the first file that has an entry of a name, or a
 * current context, wins; and paths are relative to the folder of the file that has them, those of exec commands too. Throws
 * `InvalidConfiguration` with the file if one cannot be read.
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
export function readKubeconfigFiles(files: KubeconfigFiles): MergedKubeconfig {
  const documents = files.paths.flatMap((path) => readDocument(path, files.required));
  const contexts = documents.map((document) => document["current-context"]);
  const merged = Object.fromEntries(
    LISTS.map((list) => [list, mergeEntries(documents.map((document) => document[list]))]),
  ) as Record<(typeof LISTS)[number], readonly Named[]>;
  const current = contexts.find((context) => typeof context === "string" && context !== "");
  return { "current-context": typeof current === "string" ? current : "", ...merged };
}

/** None if the file does not exist and need not. */
function readDocument(path: string, required: boolean): readonly Fields[] {
  const source = `kubeconfig ${path}`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw invalidKubeconfig(source, `cannot be read: ${describeError(error)}`, error);
  }
  const document = parseDocument(text, source);
  return [withAbsolutePaths(document, dirname(resolve(path)), source)];
}

/** Its messages never quote the file, which contains credentials. */
function parseDocument(text: string, source: string): Fields {
  let document: unknown;
  try {
    document = parse(text, { prettyErrors: false, logLevel: "error" });
  } catch (error) {
    const code = isObject(error) && typeof error["code"] === "string" ? ` (${error["code"]})` : "";
    throw invalidKubeconfig(source, `cannot be read: it is neither JSON nor YAML${code}`);
  }
  if (document === null || document === undefined) return {};
  if (!isObject(document)) throw invalidKubeconfig(source, "cannot be read: expected a mapping");
  const kind = document["kind"];
  if (kind !== undefined && kind !== "" && kind !== "Config") {
    throw invalidKubeconfig(
      source,
      `cannot be read: its kind is ${JSON.stringify(kind)}, not Config`,
    );
  }
  return document;
}

function mergeEntries(lists: readonly unknown[]): readonly Named[] {
  const entries = new Map<string, Named>();
  for (const entry of lists.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))) {
    if (isNamed(entry) && !entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

function isNamed(entry: unknown): entry is Named {
  return isObject(entry) && typeof entry["name"] === "string";
}

const CLUSTER_PATHS = ["certificate-authority"];
const USER_PATHS = ["client-certificate", "client-key", "tokenFile"];

function withAbsolutePaths(document: Fields, folder: string, source: string): Fields {
  const each = (list: (typeof LISTS)[number], change: (entry: Fields) => Fields): unknown[] => {
    const entries = document[list] ?? [];
    if (!Array.isArray(entries)) throw invalidKubeconfig(source, `${list} is not a list`);
    const names = entries.filter(isNamed).map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw invalidKubeconfig(source, `${list} has ${twice} twice`);
    return (entries as unknown[]).map((entry) => (isObject(entry) ? change(entry) : entry));
  };
  return {
    ...document,
    contexts: each("contexts", (entry) => entry),
    clusters: each("clusters", (entry) => ({
      ...entry,
      cluster: resolvePaths(entry["cluster"], CLUSTER_PATHS, folder),
    })),
    users: each("users", (entry) => ({
      ...entry,
      user: resolveCommand(resolvePaths(entry["user"], USER_PATHS, folder), folder),
    })),
  };
}

function resolvePaths(value: unknown, fields: readonly string[], folder: string): unknown {
  if (!isObject(value)) return value;
  const paths = fields.flatMap((field) => {
    const path = value[field];
    return typeof path === "string" && path !== "" ? [[field, resolve(folder, path)] as const] : [];
  });
  return { ...value, ...Object.fromEntries(paths) };
}

/** A command without a slash is searched for in PATH. */
function resolveCommand(user: unknown, folder: string): unknown {
  if (!isObject(user) || !isObject(user["exec"])) return user;
  const { command } = user["exec"];
  if (typeof command !== "string" || isAbsolute(command) || !/[/\\]/.test(command)) return user;
  return { ...user, exec: { ...user["exec"], command: resolve(folder, command) } };
}
