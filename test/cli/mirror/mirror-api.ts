import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { COMPARE_REQUEST_ANNOTATION, type Mirror } from "../../../events/mirrors/mirror.ts";

/** A cluster with Mirrors, over HTTP. */
export type MirrorApi = AsyncDisposable & {
  readonly kubeconfig: string;
  readonly mirrors: Map<string, Mirror>;
  /** `PATCH mirror-shop.backup-eu`, in order. */
  readonly writes: readonly string[];
};

const STATUS = { apiVersion: "v1", kind: "Status", status: "Failure" };

/** Serves Mirrors as the API server does; `answers`: with functions that compare as soon as it is requested. */
export async function startMirrorApi(
  folder: string,
  given: readonly Mirror[],
  options: { readonly answers?: boolean; readonly forbidden?: boolean } = {},
): Promise<MirrorApi> {
  const mirrors = new Map(given.map((mirror) => [mirror.metadata.name, mirror]));
  const writes: string[] = [];
  const answer = (method: string, path: string, body: string): readonly [number, unknown] => {
    const [, name = ""] = /\/mirrors\/?(.*)$/.exec(path) ?? [];
    const found = mirrors.get(name);
    if (options.forbidden === true && method === "PATCH") {
      const message = `mirrors.kubemend.dev "${name}" is forbidden: User "ann" cannot patch`;
      return [403, { ...STATUS, code: 403, reason: "Forbidden", message }];
    }
    if (method === "GET" && name === "") {
      return [200, { metadata: {}, items: [...mirrors.values()] }];
    }
    if (found === undefined) return [404, { ...STATUS, code: 404, reason: "NotFound" }];
    if (method === "GET") return [200, found];
    writes.push(`${method} ${name}`);
    const { metadata } = JSON.parse(body) as { readonly metadata: Mirror["metadata"] };
    const patched = { ...found, metadata: { ...found.metadata, ...metadata } };
    mirrors.set(name, options.answers === true ? toCompared(patched) : patched);
    return [200, patched];
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      const [code, answered] = answer(method, new URL(url, "http://server").pathname, body);
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, `kubeconfig-${port}`);
  writeFileSync(kubeconfig, JSON.stringify(toKubeconfig(port)));
  return {
    kubeconfig,
    mirrors,
    writes,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function toKubeconfig(port: number): unknown {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: {} }],
  };
}

const COUNTS = { compared: 12, missing: 1, stale: 0, drifted: 2, orphans: 0 };

function toCompared({ status: _old, ...mirror }: Mirror): Mirror {
  const annotations = mirror.metadata["annotations"] as Readonly<Record<string, string>>;
  const time = new Date().toISOString();
  const request = annotations[COMPARE_REQUEST_ANNOTATION];
  const lastComparison = { startedAt: time, finishedAt: time, request, ...COUNTS };
  return { ...mirror, status: { state: "InSync", since: time, lastComparison } };
}

/** A Mirror of the rule `mirror-shop`, as the API server answers. */
export function toMirrorObject(
  target: string,
  status: Mirror["status"] = { state: "InSync", since: "2026-11-30T10:00:00.000Z" },
): Mirror {
  const name = `mirror-shop.${target}`;
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Mirror",
    metadata: { name, namespace: "kubemend", uid: `uid-${target}`, resourceVersion: "1" },
    spec: { cluster: { name: "prod", uid: "u" }, rule: "mirror-shop", target },
    status,
  };
}
