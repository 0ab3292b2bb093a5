import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A cluster with one record, and what was patched. */
export type OneRecordServer = AsyncDisposable & {
  readonly kubeconfig: string;
  readonly patched: unknown[];
};

/** Serves one record by its name and in the list, and says that the user is `userName`. */
export async function startOneRecordServer(
  folder: string,
  record: { readonly metadata: { readonly name: string } },
  userName = "ann",
): Promise<OneRecordServer> {
  const patched: unknown[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString("utf8")));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      const [path = ""] = url.split("?");
      const answer = method === "POST" ? { status: { userInfo: { username: userName } } } : record;
      if (method === "PATCH") patched.push(JSON.parse(body));
      const isList = path.endsWith("/remediations");
      const isKnown = method === "POST" || isList || path.endsWith(`/${record.metadata.name}`);
      response.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" });
      response.end(
        JSON.stringify(
          isKnown
            ? isList
              ? { metadata: {}, items: [record] }
              : answer
            : { kind: "Status", reason: "NotFound", message: "not found", code: 404 },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      clusters: [
        {
          name: "c",
          cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
        },
      ],
      contexts: [{ name: "c", context: { cluster: "c" } }],
    }),
  );
  return {
    kubeconfig,
    patched,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
