import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** POSTs text verbatim, which may be JSON that no JavaScript value serializes to. Returns the status and the answer. */
export async function postText(
  kubeconfig: string,
  path: string,
  body: string,
): Promise<{ readonly status: number; readonly answer: string }> {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8")) as {
    readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
    readonly users: readonly [{ readonly user: { readonly token: string } }];
  };
  const { server = "", "certificate-authority-data": ca = "" } = clusters[0].cluster;
  const sent = request(new URL(path, server), {
    method: "POST",
    ca: Buffer.from(ca, "base64"),
    headers: {
      authorization: `Bearer ${users[0].user.token}`,
      "content-type": "application/json",
    },
  });
  sent.end(body);
  const [received] = (await once(sent, "response")) as [IncomingMessage];
  return { status: received.statusCode ?? 0, answer: await text(received) };
}
