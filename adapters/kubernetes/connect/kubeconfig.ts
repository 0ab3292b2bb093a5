import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { KubemendError } from "../../../core/errors.ts";
import { mayCarryCredentials } from "./plain-http.ts";
import { invalidKubeconfig, readContext } from "./kubeconfig-document.ts";

/** Address and credentials of one API server, read from a kubeconfig. */
export type ClusterAccess = {
  readonly server: URL;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Name to expect in the server's certificate, if it is not the host's. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly token?: string | undefined;
  /** Read again for each request: projected tokens rotate. */
  readonly tokenFile?: string | undefined;
};

/** Without the slash at its end: paths are appended to it. */
export function toServerAddress({ server }: ClusterAccess): string {
  return server.href.replace(/\/$/, "");
}

/**
 * Reads the current context of a kubeconfig file in JSON, as the build and the sandbox write it. Paths in it are relative to its folder.
 * Throws `InvalidConfiguration` (terminal) that names the file, the field and what to do.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export async function readKubeconfig(path: string): Promise<ClusterAccess> {
  const source = `kubeconfig ${path}`;
  const document = parseText(await readText(path, source), source);
  return toClusterAccess(document, { source, folder: dirname(path) });
}

/** Where a kubeconfig comes from: its name in messages, and the folder of its paths. Without a folder everything must be inline. */
export type KubeconfigOrigin = { readonly source: string; readonly folder?: string | undefined };

/** The same for a kubeconfig that is parsed already. Messages name fields, and quote no value that could be a credential. */
export async function toClusterAccess(
  document: unknown,
  origin: KubeconfigOrigin,
): Promise<ClusterAccess> {
  const { source, folder } = origin;
  const { cluster, user } = readContext(document, source);
  if (folder === undefined) refuseFiles({ ...cluster, ...user }, source);
  const material = (data: string | undefined, file: string | undefined, field: string) =>
    readMaterial({ data, file, field, folder: folder ?? "", source });
  const [ca, cert, key] = await Promise.all([
    material(
      cluster["certificate-authority-data"],
      cluster["certificate-authority"],
      "certificate-authority",
    ),
    material(user["client-certificate-data"], user["client-certificate"], "client-certificate"),
    material(user["client-key-data"], user["client-key"], "client-key"),
  ]);
  if ((cert === undefined) !== (key === undefined)) {
    throw invalidKubeconfig(
      source,
      "client-certificate and client-key belong together, one is missing",
    );
  }
  const server = parseServer(cluster.server, source);
  const credentials = {
    cert,
    key,
    token: user.token,
    tokenFile: user.tokenFile === undefined ? undefined : resolve(folder ?? "", user.tokenFile),
  };
  return {
    server,
    ca,
    serverName: cluster["tls-server-name"],
    insecureSkipVerify: cluster["insecure-skip-tls-verify"] ?? false,
    ...(mayCarryCredentials(server.href, false) ? credentials : {}),
  };
}

function parseText(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The build converts YAML to JSON: a cold start has no time for a YAML library.
    throw invalidKubeconfig(
      source,
      "it is not JSON: `npm run build` packs kubeconfigs as functions read them",
      error,
    );
  }
}

/** Fields that name files, which a kubeconfig without a folder cannot have. */
const FILE_FIELDS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function refuseFiles(fields: Readonly<Record<string, unknown>>, source: string): void {
  const named = FILE_FIELDS.find((field) => fields[field] !== undefined && fields[field] !== "");
  if (named === undefined) return;
  const instead = named === "tokenFile" ? "token" : `${named}-data`;
  throw invalidKubeconfig(
    source,
    `${named} names a file, but this kubeconfig has no folder with files: use ${instead}`,
  );
}

function parseServer(server: string, source: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalidKubeconfig(source, `server ${server} is not an https:// address`);
  }
  return url;
}

async function readMaterial(input: {
  data: string | undefined;
  file: string | undefined;
  field: string;
  folder: string;
  source: string;
}): Promise<string | undefined> {
  const { data, file, field, folder, source } = input;
  // As in kubectl, inline data takes precedence over the file.
  const pem =
    data === undefined || data === ""
      ? await readOptional(file, folder, `${field} of ${source}`)
      : Buffer.from(data, "base64").toString("utf8");
  if (pem === undefined || pem.includes("-----BEGIN ")) return pem;
  throw invalidKubeconfig(
    source,
    `${field} is not ${data === undefined ? "PEM" : "base64-encoded PEM"}`,
  );
}

async function readOptional(
  file: string | undefined,
  folder: string,
  what: string,
): Promise<string | undefined> {
  if (file === undefined || file === "") return undefined;
  return readText(resolve(folder, file), what);
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new KubemendError("InvalidConfiguration", `${what}: cannot read ${file} (${reason})`, {
      retryable: false,
      cause: error,
    });
  }
}
