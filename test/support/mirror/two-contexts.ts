import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, MirrorWorld } from "./mirror-world.ts";

type Named = { readonly name: string };
type Kubeconfig = {
  readonly clusters: readonly (Named & { readonly cluster: Json })[];
  readonly users: readonly (Named & { readonly user: Json })[];
};

/** Writes a kubeconfig with a context for each cluster, `prod` and `backup-eu`, and returns its path. */
export function writeTwoContexts({ controlPlanes, folder }: MirrorWorld): string {
  const both = { prod: controlPlanes.source, "backup-eu": controlPlanes.target };
  const parts = Object.entries(both).map(([name, { kubeconfig }]) => {
    const read = JSON.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
    return {
      cluster: { name, cluster: read.clusters[0]?.cluster },
      user: { name, user: read.users[0]?.user },
      context: { name, context: { cluster: name, user: name } },
    };
  });
  const path = join(folder, "two-contexts.json");
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map(({ user }) => user),
    contexts: parts.map(({ context }) => context),
  };
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
  return path;
}
