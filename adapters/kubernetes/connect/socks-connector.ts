import { SocksClient } from "socks";
import { buildConnector } from "undici";
import { describeError } from "../../../core/errors.ts";

const DEFAULT_PORT = 1080;

/**
 * Opens connections through a SOCKS5 proxy; `connect` adds TLS. As in Go, the proxy resolves the server's name, for socks5:// and
 * for socks5h:// alike.
 */
export function createSocksConnector(
  proxyUrl: string,
  connect: buildConnector.BuildOptions & { readonly timeout: number },
): buildConnector.connector {
  const { hostname, port, username, password } = new URL(proxyUrl);
  const proxy = {
    host: toHost(hostname),
    port: port === "" ? DEFAULT_PORT : Number(port),
    type: 5 as const,
    userId: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  const startTls = buildConnector(connect);
  return (target, callback) => {
    const isTls = target.protocol === "https:";
    const port = target.port === "" ? (isTls ? 443 : 80) : Number(target.port);
    const destination = { host: toHost(target.hostname), port };
    const { timeout } = connect;
    const options = { proxy, command: "connect", destination, timeout } as const;
    void SocksClient.createConnection(options, (error, tunnel) => {
      // The library's own error contains the password.
      if (error !== null) callback(new Error(describeError(error)), null);
      else if (tunnel === undefined) callback(new Error("no connection"), null);
      else if (isTls) startTls({ ...target, httpSocket: tunnel.socket }, callback);
      else callback(null, tunnel.socket);
    });
  };
}

function toHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
