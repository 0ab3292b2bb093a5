import { readFile } from "node:fs/promises";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { readBoundedJson } from "../../events/json.ts";
import { describeError } from "../../core/errors.ts";
import { BUILTIN_MINORS, builtinCatalogOf } from "../../core/references/builtin.ts";
import type { Catalog, CatalogEntry } from "../../core/references/catalog.ts";
import { createCatalog } from "../../core/references/create-catalog.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { misuse } from "../terminal/misuse.ts";

export type CatalogOptions = {
  readonly kubernetesVersion?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** A file with additional kinds. */
  readonly catalog?: string | undefined;
};

export type NamedCatalog = { readonly catalog: Catalog; readonly description: string };

const NEWEST = "1.36";

/** The catalog that the flags select: a cluster's discovery or a built-in table, plus the kinds in a file. */
export async function readCatalog(
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<NamedCatalog> {
  const base = await readBase(options, signal);
  if (options.catalog === undefined) return base;
  const extra = await readKinds(options.catalog);
  const catalog = createCatalog([...base.catalog.entries, ...extra], base.catalog.source);
  return { catalog, description: `${base.description}, and ${options.catalog}` };
}

async function readBase(options: CatalogOptions, signal: AbortSignal): Promise<NamedCatalog> {
  const { context, kubeconfig, kubernetesVersion } = options;
  if (context === undefined && kubeconfig === undefined) {
    return readBuiltin(kubernetesVersion ?? NEWEST);
  }
  if (kubernetesVersion !== undefined) {
    throw misuse(
      "--kubernetes-version selects a built-in table: omit it, or omit --context and --kubeconfig",
    );
  }
  // Loaded only if needed: it takes 40 MB of memory.
  const { connectKubeConfig } =
    await import("../../adapters/kubernetes/connect/kubeconfig-connection.ts");
  const client = await connectKubeConfig({ context, kubeconfig });
  try {
    const discovery = createDiscovery({ client, now: () => performance.now() });
    const catalog = await discovery.catalog(signal);
    return { catalog, description: `what ${client.server} serves` };
  } finally {
    await client.close();
  }
}

function readBuiltin(version: string): NamedCatalog {
  const minor = /^v?1\.(\d{1,3})(?:[.+-].*)?$/.exec(version)?.[1];
  const catalog = minor === undefined ? undefined : builtinCatalogOf(Number(minor));
  if (catalog === undefined) {
    throw misuse(
      `there is no built-in table for Kubernetes ${version}, only for ${listVersions()}`,
    );
  }
  return { catalog, description: `the built-in table of Kubernetes 1.${minor}` };
}

/** The versions with a built-in table, for help and error messages. */
export function listVersions(): string {
  const [first] = BUILTIN_MINORS;
  return `1.${first} to 1.${BUILTIN_MINORS.at(-1)}`;
}

async function readKinds(file: string): Promise<readonly CatalogEntry[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw misuse(`cannot read --catalog ${file}: ${describeError(error)}`);
  }
  const json = readBoundedJson(text);
  if (json.outcome === "refused") {
    throw misuse(`cannot read --catalog ${file}: it is ${json.reason}`);
  }
  const rows = json.value;
  if (!Array.isArray(rows)) throw misuse(`--catalog ${file} is not a JSON list of kinds`);
  const first = new Map<string, string>();
  const marked = new Set<unknown>();
  for (const row of rows as readonly unknown[]) {
    if (readOwn(row, "preferred") === true) marked.add(readOwn(row, "group"));
  }
  return (rows as readonly unknown[]).map((row, index) => {
    const [group, version, kind, resource] = ["group", "version", "kind", "resource"].map((key) =>
      readOwn(row, key),
    );
    const namespaced = readOwn(row, "namespaced");
    if (
      typeof group !== "string" ||
      !isText(version) ||
      !isText(kind) ||
      !isText(resource) ||
      typeof namespaced !== "boolean"
    ) {
      throw misuse(
        `--catalog ${file}, entry ${index}: a kind needs the strings group ("" is core), version, kind and resource, and namespaced: true or false`,
      );
    }
    if (!first.has(group)) first.set(group, version);
    // If no version of a group is marked, the first one in the file is preferred.
    const preferred = marked.has(group)
      ? readOwn(row, "preferred") === true
      : first.get(group) === version;
    return { group, version, kind, resource, namespaced, preferred };
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
