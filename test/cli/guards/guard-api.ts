import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isObject } from "../../../core/json/read-json.ts";

type Json = Readonly<Record<string, unknown>>;
type Named = { readonly metadata: Json & { readonly name: string } };

/** A cluster with RuleGuards and records, over HTTP. */
export type GuardApi = AsyncDisposable & {
  readonly kubeconfig: string;
  readonly guards: Map<string, Json>;
  readonly mirrors: Map<string, Json>;
  /** `PATCH all`, `POST all`, in order. */
  readonly writes: readonly string[];
};

export type GuardApiOptions = {
  readonly guards?: readonly Named[];
  readonly records?: readonly Named[];
  /** Mirrors; undefined: the cluster does not know the resource, "forbidden": the user may not list them. */
  readonly mirrors?: readonly Named[] | "forbidden";
  /** Whether a relay has its Lease in the namespace. */
  readonly relay?: "present" | "absent" | "forbidden";
  /** Answers every request of this method about guards with 403 and this message. */
  readonly forbidden?: { readonly method: string; readonly message: string };
};

const RELAY_ANSWERS = {
  present: [200, { kind: "Lease", metadata: { name: "kubemend-relay" } }],
  absent: [404, toStatus(404, "NotFound", "not found")],
  forbidden: [403, toStatus(403, "Forbidden", "forbidden")],
} as const;

/** Serves the requests that commands about guards make, as the API server does. */
export async function startGuardApi(
  folder: string,
  {
    guards: given = [],
    records = [],
    relay = "present",
    forbidden,
    mirrors: found,
  }: GuardApiOptions,
): Promise<GuardApi> {
  const guards = new Map<string, Json>(given.map((guard) => [guard.metadata.name, guard]));
  const writes: string[] = [];
  const mirrors = new Map<string, Json>(
    (found === undefined || found === "forbidden" ? [] : found).map((one) => [
      one.metadata.name,
      one,
    ]),
  );
  const answer = (method: string, url: URL, body: Json): readonly [number, unknown] => {
    const [, name = ""] = /\/ruleguards\/?(.*)$/.exec(url.pathname) ?? [];
    if (url.pathname.endsWith("/remediations")) return [200, { metadata: {}, items: records }];
    const [, mirror] = /\/mirrors\/?(.*)$/.exec(url.pathname) ?? [];
    if (mirror !== undefined) {
      if (found === undefined) return [404, toStatus(404, "NotFound", "not found")];
      if (found === "forbidden") return [403, toStatus(403, "Forbidden", "may not list mirrors")];
      if (method === "GET") return [200, { metadata: {}, items: [...mirrors.values()] }];
      writes.push(`${method} ${mirror}`);
      mirrors.set(mirror, merge(mirrors.get(mirror), body));
      return [200, mirrors.get(mirror)];
    }
    if (url.pathname.endsWith("/alertgroups")) return [200, { metadata: {}, items: [] }];
    if (url.pathname.endsWith("/selfsubjectreviews")) {
      return [201, { status: { userInfo: { username: "ann" } } }];
    }
    if (/\/(leases|serviceaccounts)\//.test(url.pathname)) return RELAY_ANSWERS[relay];
    if (forbidden?.method === method) return [403, toStatus(403, "Forbidden", forbidden.message)];
    if (method === "GET") {
      const wanted = /\((?<names>.*)\)/.exec(url.searchParams.get("labelSelector") ?? "");
      const names = wanted?.groups?.["names"]?.split(",");
      const items = [...guards].filter(([one]) => names?.includes(one) ?? true);
      return [200, { metadata: {}, items: items.map(([, guard]) => guard) }];
    }
    const known = guards.get(name);
    if (method === "PATCH" && known === undefined) return [404, toStatus(404, "NotFound", "gone")];
    const written = method === "POST" ? toGuard(body as Named) : merge(known, body);
    const of = (written as Named).metadata.name;
    writes.push(`${method} ${of}`);
    guards.set(of, written);
    return [200, written];
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      const sent = (body === "" ? {} : JSON.parse(body)) as Json;
      const [code, answered] = answer(method, new URL(url, "http://server"), sent);
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify(answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kubeconfig = join(folder, `kubeconfig-${(server.address() as AddressInfo).port}`);
  writeFileSync(kubeconfig, JSON.stringify(toKubeconfig(server.address() as AddressInfo)));
  return {
    kubeconfig,
    guards,
    mirrors,
    writes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A guard as it is stored. */
export function toGuard({ metadata, ...rest }: Named & Json): Named & Json {
  const { name } = metadata;
  const stored = { namespace: "kubemend", uid: `guard-${name}`, resourceVersion: "1" };
  const labels = { "kubemend.dev/guard": name };
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "RuleGuard" };
  return { ...head, ...rest, metadata: { ...stored, labels, ...metadata } };
}

/** https://www.rfc-editor.org/rfc/rfc7396 */
function merge(old: unknown, patch: Json): Json {
  const merged: Record<string, unknown> = isObject(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? merge(merged[key], value) : value;
  }
  return merged;
}

function toStatus(code: number, reason: string, message: string): Json {
  return { kind: "Status", status: "Failure", code, reason, message };
}

function toKubeconfig({ port }: AddressInfo): Json {
  return {
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: "c", context: { cluster: "c" } }],
  };
}
