import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { KubemendError } from "../../../core/errors.ts";

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

const optionalText = v.optional(v.string());
const clusterSchema = v.looseObject({
  server: v.string(),
  "certificate-authority": optionalText,
  "certificate-authority-data": optionalText,
  "insecure-skip-tls-verify": v.optional(v.boolean()),
  "tls-server-name": optionalText,
});
const userSchema = v.looseObject({
  token: optionalText,
  tokenFile: optionalText,
  "client-certificate": optionalText,
  "client-certificate-data": optionalText,
  "client-key": optionalText,
  "client-key-data": optionalText,
});
const kubeconfigSchema = v.looseObject({
  "current-context": optionalText,
  clusters: v.array(v.looseObject({ name: v.string(), cluster: clusterSchema })),
  contexts: v.array(
    v.looseObject({
      name: v.string(),
      context: v.looseObject({ cluster: v.string(), user: optionalText }),
    }),
  ),
  users: v.optional(
    v.nullable(v.array(v.looseObject({ name: v.string(), user: v.nullable(userSchema) }))),
  ),
});
type Kubeconfig = v.InferOutput<typeof kubeconfigSchema>;
type Cluster = v.InferOutput<typeof clusterSchema>;
type User = v.InferOutput<typeof userSchema>;

/** Methods that need another program or protocol: refused by name, never ignored. */
const UNSUPPORTED_USER = [
  "exec",
  "auth-provider",
  "username",
  "password",
  "as",
  "as-groups",
  "as-uid",
  "as-user-extra",
];
const UNSUPPORTED_CLUSTER = ["proxy-url"];

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
  const config = parseKubeconfig(document, source);
  const { cluster, user } = pickContext(config, source);
  refuseUnsupported(cluster, UNSUPPORTED_CLUSTER, source);
  refuseUnsupported(user, UNSUPPORTED_USER, source);
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
    throw invalid(source, "client-certificate and client-key belong together, one is missing");
  }
  return {
    server: parseServer(cluster.server, source),
    ca,
    cert,
    key,
    serverName: cluster["tls-server-name"],
    insecureSkipVerify: cluster["insecure-skip-tls-verify"] ?? false,
    token: user.token,
    tokenFile: user.tokenFile === undefined ? undefined : resolve(folder ?? "", user.tokenFile),
  };
}

function parseText(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The build converts YAML to JSON: a cold start has no time for a YAML library.
    throw invalid(
      source,
      "it is not JSON: `npm run build` packs kubeconfigs as functions read them",
      error,
    );
  }
}

function parseKubeconfig(document: unknown, source: string): Kubeconfig {
  const result = v.safeParse(kubeconfigSchema, document);
  if (result.success) return result.output;
  const faults = result.issues.slice(0, 3).map((issue) => {
    const path = v.getDotPath(issue);
    const fault = issue.received === "undefined" ? "is missing" : `expected ${issue.expected}`;
    return path === null ? fault : `${path}: ${fault}`;
  });
  throw invalid(source, faults.join("; "));
}

function pickContext(config: Kubeconfig, source: string): { cluster: Cluster; user: User } {
  const name = config["current-context"] ?? "";
  if (name === "") throw invalid(source, "current-context is not set: name the context to use");
  const context = config.contexts.find((entry) => entry.name === name)?.context;
  if (context === undefined) {
    throw invalid(source, `current-context ${name} is not among its contexts`);
  }
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster;
  if (cluster === undefined) {
    throw invalid(source, `context ${name} names cluster ${context.cluster}, which does not exist`);
  }
  const user = config.users?.find((entry) => entry.name === context.user);
  if (context.user !== undefined && user === undefined) {
    throw invalid(source, `context ${name} names user ${context.user}, which does not exist`);
  }
  return { cluster, user: user?.user ?? {} };
}

function refuseUnsupported(
  value: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  source: string,
): void {
  const found = fields.find((field) => Object.hasOwn(value, field));
  if (found === undefined) return;
  throw invalid(
    source,
    `${found} is not supported here: use a token, a tokenFile or a client certificate`,
  );
}

/** Fields that name files, which a kubeconfig without a folder cannot have. */
const FILE_FIELDS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

function refuseFiles(fields: Readonly<Record<string, unknown>>, source: string): void {
  const named = FILE_FIELDS.find((field) => fields[field] !== undefined && fields[field] !== "");
  if (named === undefined) return;
  const instead = named === "tokenFile" ? "token" : `${named}-data`;
  throw invalid(
    source,
    `${named} names a file, but this kubeconfig has no folder with files: use ${instead}`,
  );
}

function parseServer(server: string, source: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid(source, `server ${server} is not an https:// address`);
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
  throw invalid(source, `${field} is not ${data === undefined ? "PEM" : "base64-encoded PEM"}`);
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

function invalid(source: string, what: string, cause?: unknown): KubemendError {
  return new KubemendError("InvalidConfiguration", `${source}: ${what}`, {
    retryable: false,
    cause,
  });
}
