import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { hasOptedOut } from "../../../../core/decide/left-alone.ts";
import { findOptedOut, type OptedOutNamespaces } from "../../../../core/move/plan/opted-out.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { readNamespaceOf } from "../../copy/namespaces.ts";

/** The opt-outs of these objects, and of their namespaces on both sides, from a move that functions carry out. */
export async function readOptedOut(
  sides: Readonly<Record<"source" | "target", { readonly client: KubernetesClient }>>,
  objects: readonly SetObject[],
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const names = [...new Set(objects.flatMap(({ namespace }) => namespace ?? []))].toSorted();
  const read = async (side: "source" | "target"): Promise<OptedOutNamespaces> => {
    const found: string[] = [];
    for (const name of names) {
      if (hasOptedOut(await readNamespaceOf(sides[side].client, name, signal))) found.push(name);
    }
    return { side, names: found };
  };
  return findOptedOut(objects, await Promise.all([read("source"), read("target")]));
}
