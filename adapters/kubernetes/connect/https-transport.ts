import { readFile } from "node:fs/promises";
import { request as requestHttp, type Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { KubemendError } from "../../../core/errors.ts";
import type { Route, Transport, WireAnswer, WireRequest } from "../http/transport.ts";
import type { AccessSource } from "./access-source.ts";
import { createAgents } from "./agents.ts";
import { toServerAddress, type ClusterAccess } from "./kubeconfig.ts";

/**
 * Transport on node:https alone: 45 ms of import instead of 106 ms with the client library, which counts at a cold start.
 * Supports tokens, token files (read again for each request), client certificates and CAs.
 * If the other side has closed a kept connection meanwhile (a frozen function finds this when it wakes), the request is sent once
 * more: every write of ours is repeatable, by name, resourceVersion or uid.
 */
export function createHttpsTransport(source: AccessSource): Transport {
  const agents = createAgents();
  let server = source.description;
  return {
    server: () => server,
    hint: source.hint,
    async open() {
      const access = await source.current();
      server = toServerAddress(access);
      return toRoute(source, access, agents.get(access));
    },
    close: async () => agents.close(),
  };
}

function toRoute(source: AccessSource, access: ClusterAccess, agent: HttpAgent): Route {
  const { invalidate } = source;
  return {
    description: toServerAddress(access),
    send: (request, signal) => send({ access, agent, request, signal }),
    invalidate: invalidate && (() => invalidate(access)),
  };
}

async function send(input: {
  readonly access: ClusterAccess;
  readonly agent: HttpAgent;
  readonly request: WireRequest;
  readonly signal: AbortSignal;
}): Promise<WireAnswer> {
  const { access, agent, request, signal } = input;
  const { method, body } = request;
  const headers = await toRequestHeaders(access, request);
  const options: RequestOptions = { method, agent, headers, signal };
  const url = `${toServerAddress(access)}${request.target}`;
  const first = await sendOnce(url, options, body);
  const last =
    first.outcome === "failed" && first.stale ? await sendOnce(url, options, body) : first;
  if (last.outcome === "failed") throw last.error;
  const { answer } = last;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
}

type Sent =
  | { readonly outcome: "answered"; readonly answer: IncomingMessage }
  | { readonly outcome: "failed"; readonly error: Error; readonly stale: boolean };

function sendOnce(url: string, options: RequestOptions, body: string | undefined): Promise<Sent> {
  const request = url.startsWith("http:") ? requestHttp : requestHttps;
  return new Promise((resolve) => {
    const sent = request(url, options, (answer) => {
      resolve({ outcome: "answered", answer });
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      resolve({ outcome: "failed", error, stale });
    });
    sent.end(body);
  });
}

async function toRequestHeaders(
  access: ClusterAccess,
  { headers, body }: WireRequest,
): Promise<Record<string, string>> {
  const token = await readToken(access);
  return {
    ...headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
  };
}

async function readToken(access: ClusterAccess): Promise<string | undefined> {
  if (access.tokenFile === undefined) return access.token;
  try {
    return (await readFile(access.tokenFile, "utf8")).trim();
  } catch (error) {
    throw new KubemendError(
      "InvalidConfiguration",
      `kubeconfig: cannot read the token file ${access.tokenFile}`,
      { retryable: false, cause: error },
    );
  }
}
