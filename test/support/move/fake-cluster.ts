import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";

type Json = Record<string, unknown>;
export type FakeObject = Json & {
  readonly metadata: Json & {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly namespace?: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

/**
 * An API server in memory, with what a move relies on: preconditions, finalizers, server-side apply, and lists with selectors. It notes
 * requests that a move must never send: an owner that is not there, a finalizer of an object that is not being deleted, an owner that goes first.
 */
export class FakeCluster {
  readonly objects: Map<string, FakeObject> = new Map();
  readonly violations: string[] = [];
  readonly writes: string[] = [];
  #count = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  readonly client: KubernetesClient = {
    server: "",
    request: async <T>(request: KubernetesRequest): Promise<T> =>
      JSON.parse(JSON.stringify(this.#serve(request))) as T,
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };

  /** Stores an object at its path, as a new one. */
  put(path: string, object: Json & { readonly metadata: Json }): FakeObject {
    this.#count += 1;
    const name = path.split("/").at(-1) ?? "";
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
    const made = {
      ...object,
      metadata: {
        ...object.metadata,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: `${this.name}-${this.#count}`,
        resourceVersion: String(this.#count),
      },
    };
    this.objects.set(path, made);
    return made;
  }

  #serve(request: KubernetesRequest): unknown {
    const { method, path, body, query } = request;
    if (path.endsWith("selfsubjectaccessreviews")) return { status: { allowed: true } };
    if (method === "GET") return this.#read(request);
    const isDry =
      query?.["dryRun"] === "All" || (body as Json | undefined)?.["dryRun"] !== undefined;
    this.writes.push(`${isDry ? "dry " : ""}${method} ${path}`);
    if (isDry) return this.#answerDry(request);
    const sent = (body ?? {}) as Json & { readonly metadata: Json };
    switch (method) {
      case "POST": {
        const at = `${path}/${String(sent.metadata["name"])}`;
        if (this.objects.has(at)) throw fail("AlreadyExists", at);
        return this.put(at, sent);
      }
      case "PUT":
        return this.#change(path.replace(/\/status$/, ""), sent, (live) => ({
          ...live,
          ...sent,
          metadata: live.metadata,
        }));
      case "PATCH":
        return request.contentType === "application/apply-patch+yaml"
          ? this.#apply(path, sent)
          : this.#change(path, sent, (live) => merge(live, sent) as FakeObject);
      case "DELETE":
        if (sent["propagationPolicy"] === "Orphan") this.#orphan(path, sent["preconditions"]);
        return this.#delete(path, sent["preconditions"] as Json | undefined);
    }
  }

  /** The answer that the write would get; nothing is stored. */
  #answerDry({ method, path, body }: KubernetesRequest): unknown {
    const live = this.objects.get(path);
    const isApply = method === "PATCH" && live === undefined;
    if (!isApply && live === undefined) throw fail("NotFound", path);
    if (isApply) return merge(body, { metadata: { uid: "none", resourceVersion: "0" } });
    return method === "PATCH" ? merge(live, body) : live;
  }

  #read({ path, query }: KubernetesRequest): unknown {
    const found = this.objects.get(path);
    if (found !== undefined) return found;
    const isEverywhere = /^\/apis\/kubemend\.dev\/[^/]+\/[^/]+$/.test(path);
    const isName =
      isEverywhere || path === "/api/v1/namespaces" || /\/namespaces\/[^/]+\/[^/]+$/.test(path);
    if (!isName) throw fail("NotFound", path);
    const [, name] = /^metadata\.name=(.*)$/.exec(String(query?.["fieldSelector"] ?? "")) ?? [];
    const selector = String(query?.["labelSelector"] ?? "");
    const [, key, values] = /^([^= ]+)(?:=| in \()([^)]*)\)?$/.exec(selector) ?? [];
    const items = [...this.objects].flatMap(([at, object]) => {
      const labels = (object.metadata["labels"] ?? {}) as Readonly<Record<string, string>>;
      const listed = isEverywhere ? at.replace(/\/namespaces\/[^/]+/, "") : at;
      const isIn = listed.startsWith(`${path}/`) && !listed.slice(path.length + 1).includes("/");
      const fits =
        (name === undefined || object.metadata.name === name) &&
        (key === undefined || values?.split(",").includes(labels[key] ?? "") === true);
      return isIn && fits ? [object] : [];
    });
    return { items };
  }

  #find(path: string): FakeObject {
    const live = this.objects.get(path);
    if (live === undefined) throw fail("NotFound", path);
    return live;
  }

  #change(
    path: string,
    { metadata = {} }: { readonly metadata?: Json },
    toNext: (live: FakeObject) => FakeObject,
  ): FakeObject {
    const live = this.#find(path);
    check(live, metadata);
    return this.#store(path, live, toNext(live));
  }

  #apply(path: string, sent: Json & { readonly metadata: Json }): FakeObject {
    const live = this.objects.get(path);
    for (const { uid } of (sent.metadata["ownerReferences"] ?? []) as readonly { uid: string }[]) {
      const isThere = [...this.objects.values()].some(({ metadata }) => metadata.uid === uid);
      if (!isThere) this.violations.push(`${path} is written before its owner ${uid}`);
    }
    const { resourceVersion, uid: _uid, ...metadata } = sent.metadata;
    const { name: _name, namespace: _namespace, ...owned } = metadata;
    const { apiVersion: _version, kind: _kind, ...body } = sent;
    const fieldsV1 = toFields({ ...body, metadata: owned });
    const managedFields = [{ manager: "kubemend", operation: "Apply", fieldsV1 }];
    const next = { ...sent, metadata: { ...metadata, managedFields } };
    if (live === undefined) {
      if (resourceVersion !== "1") throw fail("Conflict", path);
      return this.put(path, next);
    }
    check(live, sent.metadata);
    return this.#store(path, live, merge(live, next) as FakeObject);
  }

  #store(path: string, live: FakeObject, next: FakeObject): FakeObject {
    this.#count += 1;
    const [had, has] = [live, next].map(({ metadata }) => metadata.finalizers ?? []);
    const isGoing = live.metadata.deletionTimestamp !== undefined;
    if (isGoing && has?.some((one) => had?.includes(one) !== true)) {
      throw fail(
        "Invalid",
        `${path}: no new finalizers can be added if the object is being deleted`,
      );
    }
    if (!isGoing && this.name === "source" && (has?.length ?? 0) < (had?.length ?? 0)) {
      this.violations.push(`${path} loses a finalizer and is not being deleted`);
    }
    const metadata = {
      ...next.metadata,
      uid: live.metadata.uid,
      resourceVersion: String(this.#count),
    };
    const stored = { ...next, metadata };
    if (isGoing && has?.length === 0) this.objects.delete(path);
    else this.objects.set(path, stored);
    return stored;
  }

  /** Takes the owner off all that it owns, as the garbage collector does before an owner is gone. */
  #orphan(path: string, preconditions: unknown): void {
    const live = this.#find(path);
    check(live, preconditions as Json);
    const owner = live.metadata.uid;
    for (const [at, object] of this.objects) {
      const { ownerReferences } = object.metadata;
      if (ownerReferences?.some(({ uid }) => uid === owner) !== true) continue;
      const kept = ownerReferences.filter(({ uid }) => uid !== owner);
      this.objects.set(at, { ...object, metadata: { ...object.metadata, ownerReferences: kept } });
    }
  }

  #delete(path: string, preconditions: Json = {}): unknown {
    const live = this.#find(path);
    check(live, preconditions);
    for (const { metadata } of this.objects.values()) {
      const isOwned = metadata.ownerReferences?.some(({ uid }) => uid === live.metadata.uid);
      if (isOwned === true)
        this.violations.push(`${path} is deleted before ${metadata.name}, which it owns`);
    }
    if ((live.metadata.finalizers ?? []).length === 0) this.objects.delete(path);
    else if (live.metadata.deletionTimestamp === undefined) {
      this.#count += 1;
      const deletionTimestamp = new Date().toISOString();
      const metadata = {
        ...live.metadata,
        deletionTimestamp,
        resourceVersion: String(this.#count),
      };
      this.objects.set(path, { ...live, metadata });
    }
    return {};
  }
}

function check(live: FakeObject, asked: Json): void {
  for (const key of ["uid", "resourceVersion"] as const) {
    const is = asked[key];
    if (is !== undefined && is !== live.metadata[key])
      throw fail("Conflict", `${key} is another one`);
  }
}

function merge(live: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged: Json = typeof live === "object" && live !== null ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** The set of fields that were applied, in which lists are owned as a whole. */
function toFields(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [`f:${key}`, toFields(inner)]),
  );
}

function fail(code: ErrorCode, message: string): KubemendError {
  return new KubemendError(code, message, {
    retryable: false,
    status: code === "NotFound" ? 404 : 409,
    missing: code === "NotFound" ? message.split("/").at(-1) : undefined,
  });
}
