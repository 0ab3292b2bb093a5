import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A cluster that serves ConfigMaps of the namespace `shop` over HTTP, and nothing that is written. */
export type ClusterServer = AsyncDisposable & {
  readonly address: string;
  /** `GET /api/v1/...` of every request. */
  readonly requests: readonly string[];
};

export type ClusterOptions = {
  readonly uid: string;
  /** Names of ConfigMaps. */
  readonly names?: readonly string[];
  /** Further metadata of each of them. */
  readonly metadata?: object;
  /** The answer to lists: that they are forbidden, or none. */
  readonly lists?: "forbidden" | "hang";
};

const DISCOVERY = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items: [
    {
      metadata: { name: "" },
      versions: [
        {
          version: "v1",
          freshness: "Current",
          resources: [
            {
              resource: "configmaps",
              responseKind: { kind: "ConfigMap" },
              scope: "Namespaced",
              verbs: ["get", "list", "watch", "create", "patch", "delete"],
            },
          ],
        },
      ],
    },
  ],
};
const NO_GROUPS = { ...DISCOVERY, items: [] };
const LIST = "/api/v1/namespaces/shop/configmaps";

export async function startCluster(options: ClusterOptions): Promise<ClusterServer> {
  const { uid, names = [], metadata = {}, lists } = options;
  const requests: string[] = [];
  const objects = names.map((name) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "shop", uid: `uid-of-${name}`, resourceVersion: "1", ...metadata },
    data: { a: "1" },
  }));
  const answer = (path: string): readonly [number, unknown] => {
    if (path === "/api") return [200, DISCOVERY];
    if (path === "/apis") return [200, NO_GROUPS];
    if (path === "/api/v1/namespaces/kube-system") return [200, toNamespace("kube-system", uid)];
    if (path === "/api/v1/namespaces/shop") return [200, toNamespace("shop", `${uid}-shop`)];
    if (path === LIST && lists === "forbidden") return [403, toStatus(403, "Forbidden")];
    if (path === LIST) return [200, { metadata: {}, items: objects }];
    // Of other namespaces.
    if (path === "/api/v1/configmaps") return [200, { metadata: {}, items: [] }];
    const found = objects.find(({ metadata: { name } }) => path === `${LIST}/${name}`);
    return found === undefined ? [404, toNotFound(path)] : [200, found];
  };
  const server = createServer(({ method, url = "" }, response) => {
    const path = new URL(url, "http://server").pathname;
    requests.push(`${method} ${path}`);
    if (path === LIST && lists === "hang") return;
    send(response, answer(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, [code, body]: readonly [number, unknown]): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function toNamespace(name: string, uid: string): unknown {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, uid, resourceVersion: "1" } };
}

/** As API servers answer, with the name of what is not there. */
function toNotFound(path: string): unknown {
  const details = { name: path.split("/").at(-1), kind: "configmaps" };
  return { ...toStatus(404, "NotFound"), details };
}

function toStatus(code: number, reason: string): object {
  const message = `configmaps: ${reason}`;
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
}
