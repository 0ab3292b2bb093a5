import { describe, type FunctionGroup } from "./function-doc.ts";

const ORDER = ["quantity", "semver"];

export const QUANTITIES: FunctionGroup = {
  title: "Quantities",
  functions: [
    describe(
      "quantity",
      "quantity(string): quantity",
      "An amount such as `500m` or `1.5Gi`, exactly.",
      'quantity("1.5Gi").isLessThan(quantity("2Gi"))',
    ),
    describe(
      "isQuantity",
      "isQuantity(string): bool",
      "Whether a text is a quantity.",
      'isQuantity("500m") && !isQuantity("1GB")',
    ),
    describe("sign", "sign(quantity): int", "1, 0 or -1.", 'sign(quantity("-5")) == -1'),
    describe(
      "isGreaterThan",
      ORDER.map((type) => `${type}.isGreaterThan(${type}): bool`),
      "Whether it is greater, of quantities and versions.",
      'quantity("1").isGreaterThan(quantity("500m"))',
    ),
    describe(
      "isLessThan",
      ORDER.map((type) => `${type}.isLessThan(${type}): bool`),
      "Whether it is less.",
      'semver("1.2.3").isLessThan(semver("1.10.0"))',
    ),
    describe(
      "compareTo",
      ORDER.map((type) => `${type}.compareTo(${type}): int`),
      "-1, 0 or 1: less, equal, greater.",
      'quantity("1k").compareTo(quantity("1000")) == 0',
    ),
    describe(
      "add",
      ["quantity.add(quantity): quantity", "quantity.add(int): quantity"],
      "The sum.",
      'quantity("1k").add(1) == quantity("1001")',
    ),
    describe(
      "sub",
      ["quantity.sub(quantity): quantity", "quantity.sub(int): quantity"],
      "The difference.",
      'quantity("1k").sub(1) == quantity("999")',
    ),
    describe(
      "isInteger",
      "quantity.isInteger(): bool",
      "Whether asInteger gives a number.",
      'quantity("50k").isInteger()',
    ),
    describe(
      "asInteger",
      "quantity.asInteger(): int",
      "The whole number; an error if it is none, or too large.",
      'quantity("50k").asInteger() == 50000',
    ),
    describe(
      "asApproximateFloat",
      "quantity.asApproximateFloat(): double",
      "The nearest double.",
      'quantity("1500m").asApproximateFloat() == 1.5',
    ),
  ],
};

export const VERSIONS: FunctionGroup = {
  title: "Versions",
  functions: [
    describe(
      "semver",
      ["semver(string): semver", "semver(string, bool): semver"],
      "A version; with `true` also one such as `v1.2`.",
      'semver("v1.2", true) == semver("1.2.0")',
    ),
    describe(
      "isSemver",
      ["isSemver(string): bool", "isSemver(string, bool): bool"],
      "Whether a text is a version.",
      'isSemver("1.2.3")',
    ),
    describe("major", "semver.major(): int", "The first number.", 'semver("1.2.3").major() == 1'),
    describe("minor", "semver.minor(): int", "The second number.", 'semver("1.2.3").minor() == 2'),
    describe("patch", "semver.patch(): int", "The third number.", 'semver("1.2.3").patch() == 3'),
  ],
};

export const ADDRESSES: FunctionGroup = {
  title: "Addresses",
  functions: [
    describe(
      "ip",
      ["ip(string): ip", "cidr.ip(): ip"],
      "An address of IPv4 or IPv6; that of a range.",
      'ip("10.0.0.1").family() == 4',
    ),
    describe("isIP", "isIP(string): bool", "Whether a text is an address.", 'isIP("::1")'),
    describe(
      "ip.isCanonical",
      "ip.isCanonical(string): bool",
      "Whether an address is written in its shortest form.",
      'ip.isCanonical("2001:db8::1")',
    ),
    describe("family", "ip.family(): int", "4 or 6.", 'ip("::1").family() == 6'),
    describe(
      "isUnspecified",
      "ip.isUnspecified(): bool",
      "Whether it is `0.0.0.0` or `::`.",
      'ip("::").isUnspecified()',
    ),
    describe(
      "isLoopback",
      "ip.isLoopback(): bool",
      "Whether it is one of the machine itself.",
      'ip("127.0.0.1").isLoopback()',
    ),
    describe(
      "isLinkLocalMulticast",
      "ip.isLinkLocalMulticast(): bool",
      "Whether it is a multicast address of the link.",
      'ip("ff02::1").isLinkLocalMulticast()',
    ),
    describe(
      "isLinkLocalUnicast",
      "ip.isLinkLocalUnicast(): bool",
      "Whether it is an address of the link.",
      'ip("169.254.169.254").isLinkLocalUnicast()',
    ),
    describe(
      "isGlobalUnicast",
      "ip.isGlobalUnicast(): bool",
      "Whether it is neither of these, private ones included.",
      'ip("10.0.0.1").isGlobalUnicast()',
    ),
    describe(
      "cidr",
      "cidr(string): cidr",
      "A range of addresses.",
      'cidr("10.0.0.0/8").prefixLength() == 8',
    ),
    describe(
      "isCIDR",
      "isCIDR(string): bool",
      "Whether a text is a range of addresses.",
      'isCIDR("10.0.0.0/8")',
    ),
    describe(
      "containsIP",
      ["cidr.containsIP(string): bool", "cidr.containsIP(ip): bool"],
      "Whether an address is in the range.",
      'cidr("10.0.0.0/8").containsIP("10.1.2.3")',
    ),
    describe(
      "containsCIDR",
      ["cidr.containsCIDR(string): bool", "cidr.containsCIDR(cidr): bool"],
      "Whether another range is in it.",
      'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")',
    ),
    describe(
      "prefixLength",
      "cidr.prefixLength(): int",
      "The number of bits that the addresses share.",
      'cidr("10.0.0.0/8").prefixLength() == 8',
    ),
    describe(
      "masked",
      "cidr.masked(): cidr",
      "The range, written with its first address.",
      'string(cidr("10.1.2.3/8").masked()) == "10.0.0.0/8"',
    ),
  ],
};

export const URLS: FunctionGroup = {
  title: "URLs",
  functions: [
    describe(
      "url",
      "url(string): url",
      "An absolute URL, or an absolute path.",
      'url("https://example.com/").getScheme() == "https"',
    ),
    describe(
      "isURL",
      "isURL(string): bool",
      "Whether a text is one.",
      'isURL("https://example.com/")',
    ),
    describe(
      "getScheme",
      "url.getScheme(): string",
      "The scheme; this and the others are empty if there is none.",
      'url("https://example.com/").getScheme() == "https"',
    ),
    describe(
      "getHost",
      "url.getHost(): string",
      "The host with its port.",
      'url("https://example.com:80/").getHost() == "example.com:80"',
    ),
    describe(
      "getHostname",
      "url.getHostname(): string",
      "The host without its port.",
      'url("https://example.com:80/").getHostname() == "example.com"',
    ),
    describe(
      "getPort",
      "url.getPort(): string",
      "The port.",
      'url("https://example.com:80/").getPort() == "80"',
    ),
    describe(
      "getEscapedPath",
      "url.getEscapedPath(): string",
      "The path, escaped.",
      'url("https://example.com/a b").getEscapedPath() == "/a%20b"',
    ),
    describe(
      "getQuery",
      "url.getQuery(): map<string:list<string>>",
      "The parameters, each with all its values.",
      'url("/?a=1&a=2").getQuery() == {"a": ["1", "2"]}',
    ),
  ],
};

const NAMES =
  "dns1123Label dns1123Subdomain dns1035Label qualifiedName dns1123LabelPrefix dns1123SubdomainPrefix dns1035LabelPrefix labelValue uri uuid byte date datetime".split(
    " ",
  );

export const FORMATS: FunctionGroup = {
  title: "Formats of names and values",
  functions: [
    describe(
      "format.named",
      "format.named(string): optional<format>",
      `The format of this name: ${NAMES.join(", ")}.`,
      'format.named("uuid").hasValue()',
    ),
    describe(
      "validate",
      "format.validate(string): optional<list<string>>",
      "What is wrong with a text; without a value if nothing is.",
      '!format.dns1123Label().validate("my-name").hasValue()',
    ),
    ...NAMES.map((name) =>
      describe(
        `format.${name}`,
        `format.${name}(): format`,
        `The format ${name}.`,
        `format.named("${name}").value() == format.${name}()`,
      ),
    ),
  ],
};
