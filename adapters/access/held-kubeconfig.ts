import { parse } from "yaml";
import { KubemendError } from "../../core/errors.ts";
import { toClusterAccess, type ClusterAccess } from "../kubernetes/connect/kubeconfig.ts";

/**
 * The current context of a kubeconfig that a secret or a parameter holds, YAML or JSON; all is in it, as there is no folder with
 * files. Throws `InvalidConfiguration`, temporary: whoever mends the secret need not deploy anew. No part of the text is told.
 */
export async function parseHeldKubeconfig(text: string, source: string): Promise<ClusterAccess> {
  let document: unknown;
  try {
    document = parse(text, { prettyErrors: false, logLevel: "error" });
  } catch {
    throw invalid(`${source}: it is not a kubeconfig, which is YAML or JSON`);
  }
  if (typeof document !== "object" || document === null) {
    throw invalid(
      `${source}: it is not a kubeconfig, but a single text: put the whole file into it`,
    );
  }
  try {
    return await toClusterAccess(document, { source });
  } catch (error) {
    throw invalid(error instanceof KubemendError ? error.message : `${source}: unreadable`);
  }
}

function invalid(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: true });
}
