import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { poll } from "../host/poll.ts";
import { applyObject } from "./apply-object.ts";

const COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const POLL_MS = 50;
const TIMEOUT_MS = 30_000;

type Crd = {
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
};

type CrdStatus = {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
};

/**
 * Applies every CRD of a YAML file and resolves when the server serves each version. Idempotent. Throws InvalidConfiguration if
 * the file holds something else or the server does not accept its names, Timeout after 30 s.
 */
export async function installCrd(
  client: KubernetesClient,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const crd of readCrds(file)) {
    await applyObject(client, COLLECTION, crd, signal);
    await untilServed(client, crd, file, signal);
  }
}

function readCrds(file: string): readonly Crd[] {
  const documents = parseAllDocuments(readFileSync(file, "utf8"));
  return ("empty" in documents ? [] : documents).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw invalid(`${file} is not valid YAML: ${error.message}`);
    const object: unknown = document.toJS();
    if (!isCrd(object))
      throw invalid(`${file} contains an object that is not a CustomResourceDefinition`);
    return object;
  });
}

function isCrd(object: unknown): object is Crd {
  return (
    typeof object === "object" &&
    object !== null &&
    "kind" in object &&
    object.kind === "CustomResourceDefinition"
  );
}

async function untilServed(
  client: KubernetesClient,
  crd: Crd,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const { name } = crd.metadata;
  const message = `${file}: ${name} was not served within ${TIMEOUT_MS / 1000} s; \`kubectl describe crd ${name}\` shows why.`;
  await poll(
    {
      intervalMs: POLL_MS,
      timeoutMs: TIMEOUT_MS,
      toTimeout: () => new KubemendError("Timeout", message, { retryable: true }),
      async ask() {
        const path = `${COLLECTION}/${name}`;
        const { status } = await client.request<CrdStatus>({ method: "GET", path, signal });
        const conditions = status?.conditions ?? [];
        const refused = conditions.find((c) => c.type === "NamesAccepted" && c.status === "False");
        if (refused !== undefined) {
          throw invalid(`${file}: ${name}: ${refused.message ?? "refused"}`);
        }
        const isEstablished = conditions.some(
          (c) => c.type === "Established" && c.status === "True",
        );
        return isEstablished && (await isServed(client, crd, signal)) ? true : undefined;
      },
    },
    signal,
  );
}

/** The condition Established becomes True a moment before the server serves the resource. */
async function isServed(
  client: KubernetesClient,
  { spec }: Crd,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    for (const version of spec.versions.filter(({ served }) => served)) {
      const path = `/apis/${spec.group}/${version.name}/${spec.names.plural}`;
      await client.request({ method: "GET", path, query: { limit: 1 }, signal });
    }
    return true;
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return false;
    throw error;
  }
}

const invalid = (message: string): KubemendError =>
  new KubemendError("InvalidConfiguration", message, { retryable: false });
