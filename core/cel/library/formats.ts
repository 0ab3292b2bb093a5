import { chargeText } from "../values/meter.ts";
import { NONE, Optional } from "../values/optional.ts";
import { Opaque, type Value } from "../values/value.ts";
import { take, type Library } from "./function.ts";
import { parseUrl } from "./urls.ts";

/** A format of texts, such as that of a label. */
class Format extends Opaque {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  /** The faults of a text; empty if it is valid. */
  readonly findFaults: (text: string) => readonly string[];

  constructor(name: string, findFaults: Format["findFaults"]) {
    super();
    this.name = name;
    this.findFaults = findFaults;
  }

  equals(other: Value): boolean {
    return other instanceof Format && other.name === this.name;
  }

  toText(): undefined {
    return undefined;
  }
}

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const OLD_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?";
const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

type Rule = {
  readonly most: number;
  readonly pattern: string;
  readonly message: string;
  readonly examples: string;
};

const LABEL_RULE: Rule = {
  most: 63,
  pattern: LABEL,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: "'my-name',  or '123-abc', ",
};
const SUBDOMAIN_RULE: Rule = {
  most: 253,
  pattern: SUBDOMAIN,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: "'example.com', ",
};
const OLD_LABEL_RULE: Rule = {
  most: 63,
  pattern: OLD_LABEL,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: "'my-name',  or 'abc-123', ",
};
const NAME_RULE: Rule = {
  most: 63,
  pattern: NAME,
  message:
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: "'MyName',  or 'my.name',  or '123-abc', ",
};
const VALUE_RULE: Rule = {
  most: 63,
  pattern: `(${NAME})?`,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: "'MyValue',  or 'my_value',  or '12345', ",
};

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/format.go */
const FORMATS: readonly Format[] = [
  new Format("dns1123Label", findLabelFaults),
  new Format("dns1123Subdomain", (text) => findRuleFaults(text, SUBDOMAIN_RULE)),
  new Format("dns1035Label", (text) => findRuleFaults(text, OLD_LABEL_RULE)),
  new Format("qualifiedName", findQualifiedFaults),
  new Format("dns1123LabelPrefix", (text) => findLabelFaults(maskDash(text))),
  new Format("dns1123SubdomainPrefix", (text) => findRuleFaults(maskDash(text), SUBDOMAIN_RULE)),
  new Format("dns1035LabelPrefix", (text) => findRuleFaults(maskDash(text), OLD_LABEL_RULE)),
  new Format("labelValue", (text) => findRuleFaults(text, VALUE_RULE)),
  new Format("uri", (text) => (parseUrl(text) === undefined ? ["not a URI"] : [])),
  new Format("uuid", (text) => (UUID.test(text) ? [] : ["does not match the UUID format"])),
  new Format("byte", (text) => (BASE64.test(text) ? [] : ["invalid base64"])),
  new Format("date", (text) => (isDate(text) ? [] : ["invalid date"])),
  new Format("datetime", (text) => (isDateTime(text) ? [] : ["invalid datetime"])),
];

/** Whether a text is the key of a label, an annotation or a taint, as the API server checks it. */
export function isQualifiedName(text: string): boolean {
  return findQualifiedFaults(text).length === 0;
}

/** Whether a text is the value of a label or a taint, as the API server checks it. */
export function isLabelValue(text: string): boolean {
  return findRuleFaults(text, VALUE_RULE).length === 0;
}

export const FORMAT_LIBRARY: Library = {
  "format.named": take(1, (name) => {
    if (typeof name !== "string") return undefined;
    const format = FORMATS.find((one) => one.name === name);
    return format === undefined ? NONE : new Optional(format);
  }),
  ".validate": take(2, (format, text) => {
    if (!(format instanceof Format) || typeof text !== "string") return undefined;
    chargeText(text.length * 4);
    const faults = format.findFaults(text);
    return faults.length === 0 ? NONE : new Optional(faults);
  }),
  ...Object.fromEntries(FORMATS.map((format) => [`format.${format.name}`, take(0, () => format)])),
};

function findRuleFaults(
  text: string,
  { most, pattern, message, examples }: Rule,
): readonly string[] {
  const isLong = Buffer.byteLength(text) > most;
  const fits = new RegExp(`^(?:${pattern})$`).test(text);
  const misfit = `${message} (e.g. ${examples}regex used for validation is '${pattern}')`;
  return [...(isLong ? [`must be no more than ${most} bytes`] : []), ...(fits ? [] : [misfit])];
}

function findLabelFaults(text: string): readonly string[] {
  const faults = findRuleFaults(text, LABEL_RULE);
  const hasDots = text.includes(".") && new RegExp(`^(?:${SUBDOMAIN})$`).test(text);
  return hasDots ? [...faults.slice(0, -1), "must not contain dots"] : faults;
}

function findQualifiedFaults(text: string): readonly string[] {
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) {
    const { message, examples, pattern } = NAME_RULE;
    return [
      `a valid label key ${message} (e.g. ${examples}regex used for validation is '${pattern}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const prefixFaults = first === "" ? ["must be non-empty"] : findRuleFaults(first, SUBDOMAIN_RULE);
  const name = second ?? first;
  const nameFaults = name === "" ? ["must be non-empty"] : [];
  return [
    ...(second === undefined ? [] : prefixFaults).map((fault) => `prefix part ${fault}`),
    ...[...nameFaults, ...findRuleFaults(name, NAME_RULE)].map((fault) => `name part ${fault}`),
  ];
}

/** A prefix may end with a dash, because something follows. */
function maskDash(text: string): string {
  return text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [date = "", time = ""] = text.toLowerCase().split("t");
  const [, hours = "", minutes = "", seconds = ""] =
    /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[-+]\d\d:\d\d)$/.exec(time) ?? [];
  return isDate(date) && hours !== "" && hours <= "23" && minutes <= "59" && seconds <= "59";
}
