import { isIP } from "node:net";

/**
 * Whether credentials may be sent to this server: by HTTPS, or by plain HTTP within this machine, as to `kubectl proxy`. kubectl sends
 * none by plain HTTP either. Behind a proxy no address is within this machine.
 */
export function mayCarryCredentials(server: string, isProxied: boolean): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === "https:" || (!isProxied && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
