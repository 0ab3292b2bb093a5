import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type ReceiverAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** More of the answer comes every 20 ms. */
  readonly endless?: true;
};

export type ReceiverServer = AsyncDisposable & {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
};

/** An answer, or the answer to this request. */
type Answer = ReceiverAnswer | "hang" | ((request: ReceivedRequest) => ReceiverAnswer);

/** A receiver of alerts on this machine. It answers in turn, and then again with the last answer; `hang` never answers. */
export async function startReceiver(...answers: readonly Answer[]): Promise<ReceiverServer> {
  const requests: ReceivedRequest[] = [];
  const answerRequest = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const { method = "", url: path = "", headers } = request;
    const received = { method, path, headers, body: await text(request) };
    requests.push(received);
    const next = answers[Math.min(requests.length, answers.length) - 1] ?? {};
    const answer = typeof next === "function" ? next(received) : next;
    if (answer === "hang") return;
    response.writeHead(answer.status ?? 200, answer.headers);
    if (answer.endless === true) {
      const timer = setInterval(() => response.write("x".repeat(256)), 20);
      response.on("close", () => clearInterval(timer));
      return;
    }
    response.end(answer.body ?? "ok");
  };
  const server = createServer((request, response) => {
    void answerRequest(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
