import { renameSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";

export type KubeconfigEntry = {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  readonly user: string;
  readonly namespace?: string | undefined;
};

/** Writes a kubeconfig with one context, for its owner's eyes only (0600); a reader never sees half of it. */
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
  // Without folding: a token on two lines is two tokens to a reader of lines.
  writeFileSync(part, stringify(document, { lineWidth: 0 }), { mode: 0o600 });
  renameSync(part, path);
}
