import { createServer, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Evidence } from "../host/canary.ts";

export type QueueTap = AsyncDisposable & {
  /** The URL of the same queue through the tap. */
  readonly toTapped: (queueUrl: string) => string;
  /** All traffic in both directions. */
  readonly heard: readonly Evidence[];
  /** Bodies of the messages that were sent to a queue. */
  readonly sentTo: (queueUrl: string) => readonly string[];
};

/** A proxy between all clients and the queues that keeps every byte. */
export async function startQueueTap(endpoint: string): Promise<QueueTap> {
  const heard: Evidence[] = [];
  const server = createServer((asked, answer) => {
    void (async () => {
      const body = await buffer(asked);
      const target = String(asked.headers["x-amz-target"]);
      heard.push({ from: `request ${target}`, bytes: body });
      const { method = "POST", headers } = asked;
      const onward = request(new URL(asked.url ?? "/", endpoint), { method, headers });
      const answered = once(onward, "response");
      onward.end(body);
      const [response] = (await answered) as [IncomingMessage];
      const bytes = await buffer(response);
      heard.push({ from: `answer ${target}`, bytes });
      answer.writeHead(response.statusCode ?? 500, response.headers).end(bytes);
    })().catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    heard,
    toTapped: (queueUrl) => `http://127.0.0.1:${port}${new URL(queueUrl).pathname}`,
    sentTo: (queueUrl) =>
      heard.flatMap(({ from, bytes }) => {
        if (from !== "request AmazonSQS.SendMessageBatch") return [];
        const batch = JSON.parse(bytes.toString("utf8")) as Batch;
        const isHere = new URL(batch.QueueUrl).pathname === new URL(queueUrl).pathname;
        return isHere ? batch.Entries.map(({ MessageBody }) => MessageBody) : [];
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Batch = {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly MessageBody: string }[];
};
