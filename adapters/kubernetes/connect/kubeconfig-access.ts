import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { describeError, KubemendError } from "../../../core/errors.ts";
import { findEnvironmentProxy } from "./environment-proxy.ts";
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
  /** A path, or several with the platform's delimiter, as in KUBECONFIG. Absent: KUBECONFIG, ~/.kube/config, the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read; default: this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
};

/**
 * The client library's kubeconfig and authentication (client certificates, tokens, exec, OIDC, in-cluster), and `tokenFile`,
 * which the library does not support. Throws `InvalidConfiguration` (terminal) that names the file and the problem.
 */
export function openKubeConfig(options: KubeConfigOptions): KubeConfigAccess {
  let config = load(options);
  const server = readServer(config, options);
  let stale = false;
  return {
    server,
    proxyUrl: readProxy(config, server, options),
    async credentials() {
      if (stale) config = load(options);
      stale = false;
      return readCredentials(config);
    },
    invalidate() {
      stale = true;
    },
  };
}

function load(options: KubeConfigOptions): KubeConfig {
  const config = new KubeConfig();
  const named = options.kubeconfig ?? "";
  const where = named === "" ? "kubeconfig" : `kubeconfig ${named}`;
  try {
    if (named === "") config.loadFromDefault();
    else loadFiles(config, named.split(delimiter).filter(Boolean));
  } catch (error) {
    throw invalid(`${where}: cannot be read: ${describeError(error)}`, error);
  }
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      throw invalid(`${where}: there is no context ${options.context}`);
    }
    config.setCurrentContext(options.context);
  }
  allowPlainHttp(config);
  return config;
}

function loadFiles(config: KubeConfig, files: readonly string[]): void {
  for (const [index, file] of files.entries()) {
    const one = index === 0 ? config : new KubeConfig();
    one.loadFromFile(file);
    readTokenFiles(one, file);
    if (one !== config) config.mergeConfig(one, true);
  }
}

/** The library supports `tokenFile` only for a pod's own service account; this declares each one in the same form. */
function readTokenFiles(config: KubeConfig, file: string): void {
  const document: unknown = parse(readFileSync(file, "utf8"));
  const entries = isObject(document) && Array.isArray(document["users"]) ? document["users"] : [];
  const tokenFiles = new Map<unknown, string>();
  for (const entry of entries as unknown[]) {
    if (!isObject(entry) || !isObject(entry["user"])) continue;
    const path = entry["user"]["tokenFile"];
    if (typeof path === "string") tokenFiles.set(entry["name"], resolve(dirname(file), path));
  }
  config.users = config.users.map((user) => {
    const tokenFile = tokenFiles.get(user.name);
    if (tokenFile === undefined) return user;
    return { ...user, authProvider: { name: "tokenFile", config: { tokenFile } } };
  });
}

/** The library refuses http:// unless TLS verification is off, which is meaningless there. `kubectl proxy` serves http. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

function readServer(config: KubeConfig, options: KubeConfigOptions): string {
  const cluster = config.getCurrentCluster();
  const where =
    options.kubeconfig === undefined ? "kubeconfig" : `kubeconfig ${options.kubeconfig}`;
  if (cluster === null) {
    throw invalid(`${where}: current-context ${config.getCurrentContext()} names no cluster`);
  }
  // The library's fallback if it found no configuration.
  if (cluster.name === "cluster" && cluster.server === "http://localhost:8080") {
    throw invalid("no cluster: set KUBECONFIG to a kubeconfig file, or run in a pod");
  }
  if (!URL.canParse(cluster.server)) {
    throw invalid(`${where}: server ${cluster.server} is not an address`);
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
  const where = named === "" ? "HTTPS_PROXY" : "proxy-url of the kubeconfig";
  throw invalid(`${where}: it is not an http://, https:// or socks5:// address`);
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

function digest(tls: TlsSettings): string {
  return createHash("sha256").update(JSON.stringify(tls)).digest("hex");
}

function invalid(message: string, cause?: unknown): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false, cause });
}
