import { BlockList, isIP, isIPv6 } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a server: HTTPS_PROXY (HTTP_PROXY for http://), unless NO_PROXY names the server.
 * Follows Go's rules, as kubectl does: a name matches itself and its subdomains, `.name` only its subdomains; addresses and CIDR
 * blocks match addresses; each may end in a port; `*` matches everything; localhost and loopback addresses never use a proxy.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function findEnvironmentProxy(server: string, environment: Environment): string | undefined {
  const url = new URL(server);
  const variable = url.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY";
  const proxy = read(environment, variable);
  if (proxy === "" || isExcepted(url, read(environment, "NO_PROXY"))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function read(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || "";
}

function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = url.port === "" ? (url.protocol === "http:" ? "80" : "443") : url.port;
  if (host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) {
    return true;
  }
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInBlock(entry, host);
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(entry)?.groups;
  const wanted = parts?.["v6"] ?? parts?.["name"] ?? entry;
  if (parts?.["port"] !== undefined && parts["port"] !== port) return false;
  if (isIP(host) !== 0) return isIP(wanted) !== 0 && isInBlock(wanted, host);
  const below = wanted.replace(/^\*?\./, ".");
  return below.startsWith(".")
    ? host.endsWith(below)
    : host === wanted || host.endsWith(`.${wanted}`);
}

const family = (address: string): "ipv4" | "ipv6" => (isIPv6(address) ? "ipv6" : "ipv4");

/** `10.0.0.0/8`, or a single address. */
function isInBlock(block: string, host: string): boolean {
  const [network = "", bits] = block.split("/");
  if (isIP(host) === 0 || isIP(network) === 0 || family(host) !== family(network)) return false;
  const list = new BlockList();
  try {
    if (bits === undefined) list.addAddress(network, family(network));
    else list.addSubnet(network, Number(bits), family(network));
  } catch {
    return false;
  }
  return list.check(host, family(host));
}
