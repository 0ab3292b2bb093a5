import { request } from "node:http";
import { KubemendError } from "../../core/errors.ts";

/**
 * Compacts etcd's history up to now, as the API server does every five minutes: requests at an older resourceVersion are then
 * answered with 410. Returns the revision. https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
 */
export async function compactHistory(socketPath: string): Promise<number> {
  const range = await call(socketPath, "/v3/kv/range", { key: "AA==", limit: 1 });
  const revision = Number((range as { header?: { revision?: string } }).header?.revision);
  await call(socketPath, "/v3/kv/compaction", { revision: String(revision), physical: true });
  return revision;
}

function call(socketPath: string, path: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(
        new KubemendError("Unavailable", `etcd did not answer ${path}: ${reason}`, {
          retryable: true,
        }),
      );
    const outgoing = request({ socketPath, method: "POST", path, timeout: 10_000 }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve(JSON.parse(text));
        else fail(text);
      });
    });
    outgoing.on("error", (error) => fail(error.message));
    outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.end(JSON.stringify(body));
  });
}
