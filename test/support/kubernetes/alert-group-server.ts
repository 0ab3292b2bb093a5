import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import type { AlertGroup } from "../../../events/alert-group.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Silence } from "../../../events/silence.ts";
import { KubemendError } from "../../../core/errors.ts";

/** Groups of alerts and silences, as an API server keeps them: an old resourceVersion is a conflict. */
export class AlertGroupServer {
  readonly groups: Map<string, AlertGroup> = new Map();
  silences: readonly Silence[] = [];
  /** All records. */
  records: readonly RemediationRecord[] = [];
  /** All records, if they come in several pages. */
  pages: readonly (readonly RemediationRecord[])[] | undefined;
  /** Other objects, by their API path. */
  readonly objects: Map<string, unknown> = new Map();
  /** `METHOD` of each request about a group, `LIST` of silences, in their order. */
  readonly asked: string[] = [];
  /** Awaited before a request is served; may throw. */
  before: (request: KubernetesRequest) => Promise<void> | void = () => undefined;
  #version = 0;

  /** The only group. */
  only(): AlertGroup {
    const [group, ...more] = this.groups.values();
    if (group === undefined || more.length > 0) throw new Error(`${this.groups.size} groups`);
    return group;
  }

  readonly client: KubernetesClient = {
    server: "",
    request: async <T>(request: KubernetesRequest): Promise<T> => {
      const isSilence = request.path.endsWith("/silences");
      this.asked.push(isSilence ? "LIST" : request.method);
      await this.before(request);
      // Another process may go first.
      await new Promise<void>((done) => setImmediate(done));
      return (isSilence ? { items: this.silences } : this.#serve(request)) as T;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };

  #page(index: number): unknown {
    const pages = this.pages ?? [this.records];
    const next = index + 1 < pages.length ? { continue: String(index + 1) } : {};
    return { metadata: next, items: pages[index] };
  }

  #serve({ method, path, body, query }: KubernetesRequest): unknown {
    if (path.endsWith("/remediations")) return this.#page(Number(query?.["continue"] ?? 0));
    if (!path.includes("/alertgroups")) {
      const object = this.objects.get(path);
      if (object === undefined) throw refusal("NotFound", path);
      return object;
    }
    const sent = body as AlertGroup;
    const name = method === "POST" ? sent.metadata.name : (path.split("/").at(-1) ?? "");
    const stored = this.groups.get(name);
    if (method === "POST") {
      if (stored !== undefined) throw refusal("AlreadyExists", name);
      return this.#store(name, { ...sent, metadata: { ...sent.metadata, uid: `uid-${name}` } });
    }
    if (path.endsWith("/alertgroups")) return { items: [...this.groups.values()] };
    if (stored === undefined) throw refusal("NotFound", name);
    if (method === "GET") return stored;
    if (method === "DELETE") {
      const { resourceVersion } = (body as { preconditions: { resourceVersion: string } })
        .preconditions;
      if (resourceVersion !== stored.metadata.resourceVersion) throw refusal("Conflict", name);
      this.groups.delete(name);
      return {};
    }
    if (sent.metadata.resourceVersion !== stored.metadata.resourceVersion) {
      throw refusal("Conflict", name);
    }
    return this.#store(name, sent);
  }

  #store(name: string, group: AlertGroup): AlertGroup {
    this.#version += 1;
    const metadata = { ...group.metadata, resourceVersion: String(this.#version) };
    const stored = JSON.parse(JSON.stringify({ ...group, metadata })) as AlertGroup;
    this.groups.set(name, stored);
    return stored;
  }
}

function refusal(code: "AlreadyExists" | "NotFound" | "Conflict", name: string): KubemendError {
  return new KubemendError(code, name, { retryable: false });
}
