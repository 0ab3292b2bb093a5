import type { KubernetesObject } from "../../../events/change.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { JsonPatchStep } from "../../../core/operations/json-patch.ts";

type Node = Record<string, unknown> | unknown[];

/** Objects by their API path, as an API server keeps them: each write raises the resourceVersion, and an old one is a conflict. */
export class ObjectServer {
  readonly objects: Map<string, KubernetesObject> = new Map();
  /** `METHOD path` of every request, with what was sent. */
  readonly requests: KubernetesRequest[] = [];
  /** Called before a request is served; may throw, or change objects. */
  before: (request: KubernetesRequest) => void = () => undefined;
  /** The change that the API server or admission makes to a patched object before it is stored. */
  admit: (object: KubernetesObject) => KubernetesObject = (object) => object;
  #version = 100;

  put(path: string, object: KubernetesObject): void {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.objects.set(path, { ...object, metadata });
  }

  get(path: string): KubernetesObject {
    const object = this.objects.get(path);
    if (object === undefined) throw new KubemendError("NotFound", path, { retryable: false });
    return object;
  }

  writes(): readonly string[] {
    return this.requests
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path}`);
  }

  readonly client: KubernetesClient = {
    server: "",
    request: async <T>(request: KubernetesRequest): Promise<T> => {
      this.requests.push(request);
      this.before(request);
      return this.#serve(request) as T;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };

  #serve({ method, path, body, query }: KubernetesRequest): unknown {
    if (method === "GET") return this.get(path);
    if (method === "PATCH") {
      const patched = applySteps(this.get(path), body as readonly JsonPatchStep[]);
      const { resourceVersion } = patched.metadata;
      if (resourceVersion !== this.get(path).metadata["resourceVersion"]) {
        throw new KubemendError("Conflict", "has been modified", { retryable: false });
      }
      const admitted = this.admit(patched);
      if (query?.["dryRun"] === undefined) this.put(path, admitted);
      return admitted;
    }
    const options = (method === "DELETE" ? body : (body as KubernetesObject)["deleteOptions"]) as {
      readonly preconditions: { readonly uid: string };
      readonly dryRun?: readonly string[];
    };
    const of = path.replace(/\/eviction$/, "");
    if (this.get(of).metadata.uid !== options.preconditions.uid) {
      throw new KubemendError("PreconditionFailed", "uid in precondition", { retryable: false });
    }
    if (options.dryRun === undefined) this.objects.delete(of);
    return {};
  }
}

/** A JSON Patch as an API server applies it. */
export function applySteps(
  object: KubernetesObject,
  steps: readonly JsonPatchStep[],
): KubernetesObject {
  const copy = JSON.parse(JSON.stringify(object)) as KubernetesObject;
  for (const step of steps) applyStep(copy, step);
  return copy;
}

function applyStep(root: Node, step: JsonPatchStep): void {
  const keys = step.path
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  const parent = keys.reduce((node, key) => {
    const next = (node as Record<string, unknown>)[key];
    if (typeof next !== "object" || next === null) throw new Error(`no parent for ${step.path}`);
    return next as Node;
  }, root);
  if (Array.isArray(parent)) {
    if (step.op === "remove") parent.splice(Number(last), 1);
    else if (step.op === "replace") parent[Number(last)] = step.value;
    else parent.splice(last === "-" ? parent.length : Number(last), 0, step.value);
  } else if (step.op === "remove") {
    if (!Object.hasOwn(parent, last)) throw new Error(`nothing at ${step.path}`);
    delete parent[last];
  } else {
    parent[last] = step.value;
  }
}
