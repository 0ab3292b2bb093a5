import { renameSync, writeFileSync } from "node:fs";

export type KubeconfigEntry = {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  readonly user: string;
  readonly namespace?: string | undefined;
};

/**
 * Writes a kubeconfig with one context that only its owner may read (0600), atomically. It is JSON, which is also YAML:
 * functions can read JSON only.
 */
export function writeKubeconfig(path: string, entry: KubeconfigEntry): void {
  const cluster = "kubemend-sandbox";
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster,
        cluster: {
          server: entry.server,
          "certificate-authority-data": Buffer.from(entry.ca).toString("base64"),
        },
      },
    ],
    users: [{ name: entry.user, user: { token: entry.token } }],
    contexts: [
      {
        name: cluster,
        context: {
          cluster,
          user: entry.user,
          ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }),
        },
      },
    ],
    "current-context": cluster,
  };
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(part, path);
}
