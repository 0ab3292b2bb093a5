import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { describeError, KubemendError } from "../../../core/errors.ts";
import { findEnvironmentProxy } from "./environment-proxy.ts";
import {
  findKubeconfigFiles,
  readKubeconfigFiles,
  type MergedKubeconfig,
} from "./kubeconfig-files.ts";
import { mayCarryCredentials } from "./plain-http.ts";
import { isObject } from "../../../core/json/read-json.ts";

/** TLS settings as the library read them; passed to undici unchanged. */
export type TlsSettings = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "rejectUnauthorized" | "servername"
>;

/** The credentials of one request. Tokens, certificates and exec credentials change while the process lives. */
export type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** Equal for equal TLS settings: each digest has one connection pool. */
  readonly tlsDigest: string;
};

export type KubeConfigAccess = {
  readonly server: string;
  readonly proxyUrl: string | undefined;
  readonly credentials: () => Promise<Credentials>;
  /** The next request reads everything again: after a 401 nothing that was cached can be trusted. */
  readonly invalidate: () => void;
};

export type KubeConfigOptions = {
  /** A path, which must exist, or several with the platform's delimiter, as in KUBECONFIG. Absent: KUBECONFIG, ~/.kube/config, the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Where KUBECONFIG, HOME, HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read; default: this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
};

const NO_CREDENTIALS: Credentials = { headers: {}, tls: {}, tlsDigest: "" };

/**
 * The client library's kubeconfig and authentication (client certificates, tokens, exec, OIDC, in-cluster), and `tokenFile`,
 * which the library does not support. Throws `InvalidConfiguration` (terminal) that names the file and the problem.
 */
export function openKubeConfig(options: KubeConfigOptions): KubeConfigAccess {
  let config = load(options);
  const server = readServer(config, options);
  const proxyUrl = readProxy(config, server, options);
  const mayAuthenticate = mayCarryCredentials(server, proxyUrl !== undefined);
  let stale = false;
  return {
    server,
    proxyUrl,
    async credentials() {
      if (!mayAuthenticate) return NO_CREDENTIALS;
      if (stale) config = load(options);
      stale = false;
      return readCredentials(config);
    },
    invalidate() {
      stale = true;
    },
  };
}

/** The namespace of the context, which kubectl uses if none is named. */
export function readContextNamespace(options: KubeConfigOptions): string {
  const config = load(options);
  return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
}

/** The names of the contexts. Throws `InvalidConfiguration` if the kubeconfig cannot be read. */
export function listContexts(options: KubeConfigOptions): readonly string[] {
  return load({ ...options, context: undefined })
    .getContexts()
    .map(({ name }) => name);
}

/** The cluster of the context as the kubeconfig names it, without a request. */
export function readContextCluster(options: KubeConfigOptions): {
  readonly name: string;
  readonly server: string;
  /** In base64; absent if the kubeconfig has none, or only a file of it. */
  readonly certificateAuthority?: string | undefined;
} {
  const config = load(options);
  const server = readServer(config, options);
  const cluster = config.getCurrentCluster();
  return { name: cluster?.name ?? "", server, certificateAuthority: cluster?.caData };
}

function load(options: KubeConfigOptions): KubeConfig {
  // oxlint-disable-next-line node/no-process-env -- KUBECONFIG and HOME are settings of the machine
  const environment = options.environment ?? process.env;
  const files = findKubeconfigFiles(options.kubeconfig, environment);
  const merged = readKubeconfigFiles(files);
  const config = new KubeConfig();
  if (merged.clusters.length > 0) {
    // An entry that the context does not use may be incomplete.
    config.loadFromString(JSON.stringify(merged), { onInvalidEntry: "filter" });
    config.users = config.users.map((user) => withTokenFile(user, merged));
  } else if (existsSync(POD_TOKEN_FILE)) {
    config.loadFromCluster();
  } else {
    throw invalid(
      `no cluster: ${files.source} names none (read: ${files.paths.join(", ")}); set KUBECONFIG to a kubeconfig file, or run in a pod`,
    );
  }
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      throw invalid(`${files.source}: there is no context ${options.context}`);
    }
    config.setCurrentContext(options.context);
  }
  allowPlainHttp(config);
  return config;
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const POD_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** The library supports `tokenFile` only for a pod's own service account; this declares it in the same form. */
function withTokenFile(user: User, { users }: MergedKubeconfig): User {
  const document = users.find(({ name }) => name === user.name)?.["user"];
  const tokenFile = isObject(document) ? document["tokenFile"] : undefined;
  if (typeof tokenFile !== "string" || tokenFile === "") return user;
  return { ...user, authProvider: { name: "tokenFile", config: { tokenFile } } };
}

/** The library refuses http:// unless TLS verification is off, which is meaningless there. `kubectl proxy` serves http. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

function readServer(config: KubeConfig, options: KubeConfigOptions): string {
  const cluster = config.getCurrentCluster();
  const source =
    options.kubeconfig === undefined ? "kubeconfig" : `kubeconfig ${options.kubeconfig}`;
  if (cluster === null) {
    const context = config.getCurrentContext();
    throw invalid(
      context === ""
        ? `${source}: current-context is not set: name the context to use`
        : `${source}: current-context ${context} names no cluster`,
    );
  }
  if (!URL.canParse(cluster.server)) {
    throw invalid(`${source}: server ${cluster.server} is not an address`);
  }
  return cluster.server.replace(/\/+$/, "");
}

/** The kubeconfig's proxy-url takes precedence over the environment. */
function readProxy(
  config: KubeConfig,
  server: string,
  options: KubeConfigOptions,
): string | undefined {
  // oxlint-disable-next-line node/no-process-env -- a setting of the machine, like KUBECONFIG, which the library reads itself
  const environment = options.environment ?? process.env;
  const named = config.getCurrentCluster()?.proxyUrl ?? "";
  const proxy = named === "" ? findEnvironmentProxy(server, environment) : named;
  if (proxy === undefined) return undefined;
  const protocol = URL.canParse(proxy) ? new URL(proxy).protocol : "";
  if (/^(https?|socks5h?):$/.test(protocol)) return proxy;
  const source = named === "" ? "HTTPS_PROXY" : "proxy-url of the kubeconfig";
  throw invalid(`${source}: it is not an http://, https:// or socks5:// address`);
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    // This reads files and runs exec plugins, which fail with messages of their own.
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new KubemendError(
      "Unauthorized",
      `no credentials for ${config.getCurrentCluster()?.server}: ${describeError(error)}`,
      { retryable: true, cause: error },
    );
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === "string") {
    headers["authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  const tls = pickTls(options);
  return { headers, tls, tlsDigest: digest(tls) };
}

function pickTls(options: RequestOptions): TlsSettings {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** Certificates are hashed as the bytes that they are: as JSON, each byte would be a number, for every request. */
function digest(tls: TlsSettings): string {
  const hash = createHash("sha256");
  for (const [name, value] of Object.entries(tls)) {
    const bytes =
      typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value);
    hash.update(`${name} ${typeof value} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function invalid(message: string, cause?: unknown): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false, cause });
}
