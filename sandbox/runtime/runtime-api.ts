import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import {
  PAYLOAD_LIMIT_BYTES,
  toInvocationError,
  type InvocationError,
  type InvocationOutcome,
} from "./invocation.ts";
import type { Invocation, RuntimeSession } from "./runtime-session.ts";

const PREFIX = "/2018-06-01/runtime/";
const ANSWER = /^POST \/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

/** The Runtime API of one runtime client. */
export type RuntimeApi = {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  readonly close: () => Promise<void>;
};

/**
 * Serves AWS's Runtime API on its own loopback port.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startRuntimeApi(session: RuntimeSession): Promise<RuntimeApi> {
  const server = createServer((request, response) => {
    // A client that disconnects in the middle of a body is a process that died: its exit is reported elsewhere.
    route(session, request, response).catch(() => response.destroy());
  });
  // The connection is idle while the handler runs; closing it would race with the response.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function route(
  session: RuntimeSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = `${request.method ?? ""} ${request.url ?? ""}`;
  if (call === `GET ${PREFIX}invocation/next`) {
    session.ask((invocation) => hand(invocation, response));
    return;
  }
  if (call === `POST ${PREFIX}init/error`) {
    session.failStart(toReportedError(request, (await readBody(request)) ?? ""));
    reply(response, 202, "{}");
    return;
  }
  const [, requestId, ending] = ANSWER.exec(call) ?? [];
  if (requestId === undefined) refuse(response, 404, "NotFound", call);
  else if (ending === "error") await endWithError(session, requestId, request, response);
  else await endWithResponse(session, requestId, request, response);
}

function hand(invocation: Invocation, response: ServerResponse): void {
  reply(response, 200, invocation.payload, {
    "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
    "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn": invocation.functionArn,
    "Lambda-Runtime-Trace-Id": invocation.traceId,
  });
}

async function endWithError(
  session: RuntimeSession,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const error = toReportedError(request, (await readBody(request)) ?? "");
  if (!session.isUnderWay(requestId)) return refuseUnknown(response);
  session.end(requestId, error);
  reply(response, 202, "{}");
}

async function endWithResponse(
  session: RuntimeSession,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (!session.isUnderWay(requestId)) return refuseUnknown(response);
  if (body === undefined) {
    const message = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`;
    session.end(requestId, toInvocationError("Function.ResponseSizeTooLarge", message));
    refuse(response, 413, "RequestEntityTooLarge", message);
    return;
  }
  session.end(requestId, toPayload(body));
  reply(response, 202, "{}");
}

function refuseUnknown(response: ServerResponse): void {
  refuse(response, 400, "InvalidRequestID", "no such invocation is running");
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
  });
  response.end(bytes);
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  reply(response, status, JSON.stringify({ errorType: type, errorMessage: message }));
}

/** The whole body, or undefined if it exceeds the limit. It is read to its end in both cases, so that the client gets the response. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= PAYLOAD_LIMIT_BYTES) chunks.push(chunk);
  }
  return bytes > PAYLOAD_LIMIT_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function toPayload(body: string): InvocationOutcome {
  try {
    return { outcome: "ok", payload: JSON.parse(body) };
  } catch {
    return toInvocationError("Runtime.InvalidResponse", "the function's response is not JSON");
  }
}

function toReportedError(request: IncomingMessage, body: string): InvocationError {
  const header = request.headers["lambda-runtime-function-error-type"];
  let report: { errorType?: unknown; errorMessage?: unknown } | null = null;
  try {
    report = JSON.parse(body) as { errorType?: unknown; errorMessage?: unknown } | null;
  } catch {
    // Only the header reports the type.
  }
  const type = report?.errorType ?? header;
  return toInvocationError(
    typeof type === "string" ? type : "Runtime.Unknown",
    typeof report?.errorMessage === "string" ? report.errorMessage : "",
  );
}
