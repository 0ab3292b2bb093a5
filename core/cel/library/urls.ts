import { charge, chargeText } from "../values/meter.ts";
import { MapValue, Opaque, type Answer, type Value } from "../values/value.ts";
import { quote } from "./conversions.ts";
import { fail, onText, take, type CelFunction, type Library } from "./function.ts";

class Url extends Opaque {
  readonly typeName = "kubernetes.URL";
  readonly source: string;
  readonly parts: UrlParts;

  constructor(source: string, parts: UrlParts) {
    super();
    this.source = source;
    this.parts = parts;
  }

  equals(other: Value): boolean {
    return other instanceof Url && other.source === this.source;
  }

  toText(): undefined {
    return undefined;
  }
}

/** `path` and `query` as written, still encoded. */
export type UrlParts = {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
};

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/urls.go */
export const URLS: Library = {
  url: onText((text) => {
    const parts = parseUrl(text);
    return parts === undefined
      ? fail(`${quote(text)} is not a URL such as https://example.com/`)
      : new Url(text, parts);
  }),
  isURL: onText((text) => parseUrl(text) !== undefined),
  ".getScheme": onUrl(({ scheme }) => scheme),
  ".getHost": onUrl(({ host }) => host),
  ".getHostname": onUrl(({ host }) => host.replace(PORT, "").replace(/^\[(.*)\]$/, "$1")),
  ".getPort": onUrl(({ host }) => PORT.exec(host)?.[1] ?? ""),
  ".getEscapedPath": onUrl(({ path }) => (PATH.test(path) ? path : escapePath(decode(path) ?? ""))),
  ".getQuery": onUrl(({ query }) => toQuery(query)),
};

const PORT = /:(\d*)$/;

function onUrl(run: (parts: UrlParts) => Answer): CelFunction {
  return take(1, (value) => {
    if (!(value instanceof Url)) return undefined;
    chargeText(value.source.length);
    return run(value.parts);
  });
}

/** With a scheme, an authority is what follows `//`; without one, all is a path. */
const URL_TEXT =
  /^(?:(?<scheme>[a-zA-Z][\w+.-]*):)?(?<rest>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s;
/** Those of ASCII. */
const PARSE_STEPS = 10;
const CONTROL = /[^\P{Cc}\u0080-\u009f]/u;

/**
 * The parts of an absolute URL or path as Go reads them; undefined if the text is neither.
 * @see https://pkg.go.dev/net/url#ParseRequestURI
 */
export function parseUrl(text: string): UrlParts | undefined {
  charge(PARSE_STEPS + text.length / 8);
  const groups = CONTROL.test(text) || text === "" ? undefined : URL_TEXT.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { scheme = "", rest = "", query = "", fragment = "" } = groups;
  if (!rest.startsWith("/")) {
    const isOpaque = scheme !== "" || text === "*";
    const path = text === "*" ? text : "";
    return isOpaque ? { scheme: scheme.toLowerCase(), host: "", path, query } : undefined;
  }
  const { authority = "", path = "" } =
    /^(?:\/\/(?<authority>[^/]*))?(?<path>.*)$/s.exec(rest)?.groups ?? {};
  const host = toHost(authority.slice(authority.lastIndexOf("@") + 1));
  const isUser = /^(?:[\w\-.~!$&'()*+,;=:%@]*@)?[^@]*$/.test(authority);
  if (host === undefined || !isUser || decode(path) === undefined || decode(fragment) === undefined)
    return undefined;
  return { scheme: scheme.toLowerCase(), host, path, query };
}

/** Undefined if it cannot be a host with an optional port. */
function toHost(text: string): string | undefined {
  if (text.startsWith("[")) return /^\[[^\]]*\](?::\d*)?$/.test(text) ? text : undefined;
  const hasPort = !text.includes(":") || PORT.test(text);
  const isHost = /^[\w\-.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]*$/.test(text);
  // Only bytes beyond ASCII may be encoded in a host.
  return hasPort && isHost && !/%(?![89a-fA-F][0-9a-fA-F])/.test(text) ? decode(text) : undefined;
}

/** Undefined if a percent sign is not followed by two digits. */
function decode(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return bytes;
}

const PATH = /^(?:[\w\-.~!$&'()*+,;=:@[\]/]|%[0-9a-fA-F]{2})*$/;

function escapePath(path: string): string {
  return path.replaceAll(/[^\w\-.~$&+,/:;=@]+/gu, (part) =>
    Buffer.from(part).toString("hex").toUpperCase().replaceAll(/../g, "%$&"),
  );
}

/** Each name with all its values; a part that is not well encoded is left out. */
function toQuery(query: string): MapValue {
  charge(query.length);
  const values = new Map<string, string[]>();
  for (const part of query.split("&")) {
    if (part === "" || part.includes(";")) continue;
    const [name = "", ...rest] = part.split("=");
    const key = decode(name.replaceAll("+", " "));
    const value = decode(rest.join("=").replaceAll("+", " "));
    if (key === undefined || value === undefined) continue;
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  const map = new MapValue();
  for (const [key, list] of values) map.add(key, list);
  return map;
}
