import { Readable } from "node:stream";
import { toApiError } from "../../../adapters/kubernetes/http/errors.ts";
import { parseJsonText, readBounded } from "../../../adapters/kubernetes/http/json-body.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
  KubernetesStream,
} from "../../../adapters/kubernetes/http/client.ts";

/** The scripted reaction to one request. */
export type ScriptedAnswer = {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** One JSON document; a Buffer is written verbatim. */
  readonly body?: unknown;
  /** Lines of a watch; objects are written as JSON, Buffers verbatim; a promise of a line holds back all later ones. */
  readonly lines?: readonly (object | string | Buffer)[];
  /** The stream stays open afterwards. */
  readonly stayOpen?: boolean;
  /** The stream breaks afterwards. */
  readonly breakWith?: Error;
  /** There is no answer. */
  readonly fail?: Error;
};

export type ScriptedRequest = {
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly accept: string | undefined;
};

/** A connection whose server answers from a script; its requests are in `requests`. Undefined parameters are left out, as on the wire. */
export function createScriptedClient(
  answer: (request: ScriptedRequest, index: number) => ScriptedAnswer,
): { readonly client: KubernetesClient; readonly requests: ScriptedRequest[] } {
  const requests: ScriptedRequest[] = [];
  const stream = async (request: KubernetesRequest): Promise<KubernetesStream> => {
    request.signal?.throwIfAborted();
    const asked: ScriptedRequest = {
      path: request.path,
      accept: request.accept,
      query: Object.fromEntries(
        Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined),
      ),
    };
    requests.push(asked);
    const scripted = answer(asked, requests.length - 1);
    if (scripted.fail !== undefined) throw scripted.fail;
    const body = Readable.from(toBytes(scripted, request.signal), { objectMode: false });
    return { status: scripted.status ?? 200, headers: scripted.headers ?? {}, body };
  };
  return {
    requests,
    client: {
      server: "https://scripted",
      stream,
      request: async <T>(request: KubernetesRequest) => (await askOnce(stream, request)) as T,
      close: async () => undefined,
    },
  };
}

async function askOnce(
  stream: KubernetesClient["stream"],
  request: KubernetesRequest,
): Promise<unknown> {
  const answer = await stream(request);
  const text = await readBounded(answer.body, request.path);
  if (answer.status < 300) return parseJsonText(text, request.path, request.deep);
  throw toApiError(answer.status, text === "" ? "" : JSON.parse(text), request.path);
}

async function* toBytes(
  answer: ScriptedAnswer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const { body } = answer;
  if (Buffer.isBuffer(body)) yield body;
  else if (body !== undefined) yield Buffer.from(JSON.stringify(body));
  for (const entry of answer.lines ?? []) {
    const line: unknown = await Promise.resolve<unknown>(entry);
    if (Buffer.isBuffer(line)) yield line;
    else yield Buffer.from(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  }
  if (answer.breakWith !== undefined) throw answer.breakWith;
  if (answer.stayOpen !== true) return;
  await new Promise<void>((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  signal?.throwIfAborted();
}

export const event = (type: string, object: unknown): object => ({ type, object });

export const bookmark = (resourceVersion: string, endsSnapshot = false): object => ({
  type: "BOOKMARK",
  object: {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: {
      resourceVersion,
      ...(endsSnapshot ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  },
});

export const status = (code: number, message: string, details?: object): object => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message,
  code,
  ...(details === undefined ? {} : { details }),
});

export const list = (
  resourceVersion: string,
  items: readonly unknown[],
  continueToken?: string,
): object => ({
  kind: "ConfigMapList",
  apiVersion: "v1",
  metadata: {
    resourceVersion,
    ...(continueToken === undefined ? {} : { continue: continueToken }),
  },
  items,
});
