import type { KubernetesObject } from "../../../events/change.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { toManagedFields } from "./applied.ts";

type Applied = Pick<KubernetesObject, "metadata"> & { readonly [field: string]: unknown };

/** Objects by their API path, as an API server keeps those that are read, applied and deleted by a mirror. */
export class CopyServer {
  readonly objects: Map<string, KubernetesObject> = new Map();
  /** `METHOD path` of every request. */
  readonly requests: string[] = [];
  /** Called before a request is served; may throw, or change objects. */
  before: (request: KubernetesRequest) => void | Promise<void> = () => undefined;
  /** The change that the API server or admission makes to an object before it is stored. */
  admit: (object: KubernetesObject) => KubernetesObject = (object) => object;
  #version = 100;

  put(path: string, object: KubernetesObject): void {
    this.objects.set(path, object);
  }

  readonly client: KubernetesClient = {
    server: "",
    request: async <T>(asked: KubernetesRequest): Promise<T> => {
      this.requests.push(`${asked.method} ${asked.path}`);
      await this.before(asked);
      return this.#serve(asked) as T;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };

  get discovery(): Discovery {
    const catalog = async () => builtinCatalog();
    return { catalog, refresh: catalog };
  }

  #serve({ method, path, body, query }: KubernetesRequest): unknown {
    const found = this.objects.get(path);
    if (method === "PATCH") return this.#apply(path, body as Applied, query?.["dryRun"] === "All");
    if (found === undefined) {
      if (method === "GET" && isCollection(path)) return { metadata: {}, items: [] };
      const missing = path.slice(path.lastIndexOf("/") + 1);
      throw new KubemendError("NotFound", `${path} not found`, { retryable: false, missing });
    }
    if (method === "GET") return structuredClone(found);
    const { dryRun } = body as { readonly dryRun?: unknown };
    if (dryRun === undefined) this.objects.delete(path);
    return {};
  }

  #apply(path: string, body: Applied, isDryRun: boolean): KubernetesObject {
    const found = this.objects.get(path);
    const { resourceVersion, uid: _uid, ...metadata } = body.metadata;
    const version = found?.metadata["resourceVersion"];
    if (
      (found === undefined) !== (resourceVersion === "1") ||
      (found && version !== resourceVersion)
    ) {
      throw new KubemendError("Conflict", "has been modified", { retryable: false });
    }
    const applied = { ...body, metadata };
    const own = {
      uid: found?.metadata.uid ?? `uid-${this.#version}`,
      resourceVersion: version,
      managedFields: toManagedFields(applied),
    };
    const merged = { ...found?.metadata, ...metadata, ...own };
    const next = this.admit({ ...found, ...applied, metadata: merged } as KubernetesObject);
    const isSame = JSON.stringify(next) === JSON.stringify(found);
    if (!isSame) this.#version += 1;
    const changed = isSame ? version : String(this.#version);
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: changed } };
    if (!isDryRun) this.objects.set(path, stored);
    return structuredClone(stored);
  }
}

function isCollection(path: string): boolean {
  return /\/namespaces\/[^/]+\/[^/]+$/.test(path);
}
