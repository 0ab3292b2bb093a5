import type { GuardPause, RuleGuard } from "../../../events/rule-guard.ts";
import type { KubernetesRequest } from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";

const COLLECTION = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards";

/** RuleGuards as the API server keeps them: the status is written under the resourceVersion that was read. */
export type GuardServer = {
  readonly guards: Map<string, RuleGuard>;
  /** `LIST`, `POST name`, `GET name`, `PUT name`, in order; `CONFLICT name` for a refused write. */
  readonly requests: string[];
  /** Answers a request about guards; undefined for any other. */
  readonly serve: (request: KubernetesRequest) => unknown;
  /** Called before a write is decided; may write itself. */
  onWrite: ((name: string) => void) | undefined;
  /** Called when a write was done and before it is answered; may throw. */
  onWritten: ((guard: RuleGuard) => void) | undefined;
  readonly pause: (name: string, paused: GuardPause | undefined) => void;
  /** Somebody else's write. */
  readonly touch: (name: string) => void;
};

export function createGuardServer(): GuardServer {
  const guards = new Map<string, RuleGuard>();
  const requests: string[] = [];
  let version = 0;
  const store = (name: string, guard: Partial<RuleGuard>): RuleGuard => {
    version += 1;
    const metadata = {
      name,
      namespace: "kubemend",
      uid: `guard-${name}`,
      resourceVersion: String(version),
    };
    const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "RuleGuard" };
    const stored = { ...guards.get(name), ...guard, ...head, metadata };
    guards.set(name, stored);
    return stored;
  };
  const write = (name: string, { metadata, status }: RuleGuard): RuleGuard => {
    server.onWrite?.(name);
    if (guards.get(name)?.metadata.resourceVersion !== metadata.resourceVersion) {
      requests.push(`CONFLICT ${name}`);
      throw new KubemendError("Conflict", "the object has been modified", { retryable: true });
    }
    requests.push(`PUT ${name}`);
    const stored = store(name, { status });
    server.onWritten?.(stored);
    return stored;
  };
  const server: GuardServer = {
    guards,
    requests,
    onWrite: undefined,
    onWritten: undefined,
    pause: (name, paused) => void store(name, { spec: { paused } }),
    touch: (name) => void store(name, {}),
    serve({ method, path, query, body }) {
      if (!path.startsWith(COLLECTION)) return undefined;
      const [name = ""] = path.slice(COLLECTION.length + 1).split("/");
      if (method === "GET" && name === "") {
        requests.push("LIST");
        const wanted = /\((?<names>.*)\)/.exec(String(query?.["labelSelector"]));
        const names = wanted?.groups?.["names"]?.split(",");
        const found = [...guards.values()];
        return { items: found.filter(({ metadata }) => names?.includes(metadata.name) ?? true) };
      }
      if (method === "PUT") return write(name, body as RuleGuard);
      if (method === "POST") {
        const made = (body as RuleGuard).metadata.name;
        requests.push(`POST ${made}`);
        return store(made, {});
      }
      requests.push(`GET ${name}`);
      return guards.get(name);
    },
  };
  return server;
}
