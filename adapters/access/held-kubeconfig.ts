import { parse } from "yaml";
import { KubemendError } from "../../core/errors.ts";
import { toClusterAccess, type ClusterAccess } from "../kubernetes/connect/kubeconfig.ts";

/**
 * The current context of a kubeconfig in a secret or a parameter, YAML or JSON. Everything must be inside it, because there is no
 * folder with files. Throws `InvalidConfiguration`, temporary: once the secret is corrected, no deployment is needed. Messages quote
 * no part of the text.
 */
export async function parseHeldKubeconfig(text: string, source: string): Promise<ClusterAccess> {
  let document: unknown;
  try {
    document = parse(text, { prettyErrors: false, logLevel: "error" });
  } catch {
    throw invalid(`${source}: it is not a kubeconfig in YAML or JSON`);
  }
  if (typeof document !== "object" || document === null) {
    throw invalid(`${source}: it is a single string, not a kubeconfig: put the whole file into it`);
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
