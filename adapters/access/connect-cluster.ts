import { describeAccess, type DeclaredAccess } from "../../core/pipeline/declared-access.ts";
import type { AccessSource } from "../kubernetes/connect/access-source.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";
import { connectLean, createLeanClient } from "../kubernetes/connect/lean-connection.ts";
import { createCachedAccess, type LoadedAccess } from "./cached-access.ts";

/**
 * A function's client for its cluster. A packed kubeconfig is read at once, and throws if it is invalid. Everything else is
 * loaded from AWS by the first request, kept, and loaded again when it expires or the API server answers 401; if AWS refuses, that
 * request fails with the error. The SDK's clients are chunks of the bundle, each loaded only if it is needed.
 */
export async function connectCluster(access: DeclaredAccess): Promise<KubernetesClient> {
  if (access.type === "kubeconfig") return connectLean({ kubeconfig: access.path });
  return createLeanClient(openAccess(access, () => Date.now()));
}

/** @param now ms since the epoch. */
export function openAccess(
  access: Exclude<DeclaredAccess, { readonly type: "kubeconfig" }>,
  now: () => number,
): AccessSource {
  return createCachedAccess({
    description: describeAccess(access),
    hint: toHint(access),
    load: () => load(access, now()),
    now,
  });
}

async function load(
  access: Exclude<DeclaredAccess, { readonly type: "kubeconfig" }>,
  nowMs: number,
): Promise<LoadedAccess> {
  switch (access.type) {
    case "secret": {
      const { readSecret } = await import("./read-secret.ts");
      return toLoaded(await readSecret(access.id, "a kubeconfig"), describeAccess(access));
    }
    case "parameter": {
      const { readParameter } = await import("./read-parameter.ts");
      return toLoaded(await readParameter(access.name, "a kubeconfig"), describeAccess(access));
    }
    case "eks": {
      const { loadEksAccess } = await import("./load-eks-access.ts");
      return loadEksAccess(access, nowMs);
    }
  }
}

async function toLoaded(text: string, source: string): Promise<LoadedAccess> {
  const { parseHeldKubeconfig } = await import("./held-kubeconfig.ts");
  return { access: await parseHeldKubeconfig(text, source) };
}

function toHint(access: Exclude<DeclaredAccess, { readonly type: "kubeconfig" }>): string {
  if (access.type !== "eks") return `put a valid kubeconfig into ${describeAccess(access)}`;
  const role = access.roleArn ?? "the function's role";
  return `give ${role} an access entry in ${describeAccess(access)}`;
}
