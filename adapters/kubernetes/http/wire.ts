import { readBoundedJson } from "../../../events/json.ts";
import type { IncomingHttpHeaders } from "node:http";
import type { KubernetesRequest } from "./client.ts";

/** `?a=b`, encoded; undefined parameters are omitted. */
export function toQuery(query: KubernetesRequest["query"]): string {
  const encoded = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) encoded.set(key, String(value));
  }
  return encoded.size === 0 ? "" : `?${encoded.toString()}`;
}

/** Usually a Status; the text itself if it is not JSON. */
export function toErrorBody(text: string): unknown {
  const read = readBoundedJson(text);
  return read.outcome === "read" ? read.value : text;
}

/** One value for each name. */
export function toHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

/** Method and path, for messages. */
export function describeRequest({ method, path }: KubernetesRequest): string {
  return `${method} ${path}`;
}
