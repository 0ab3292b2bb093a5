import { ok, refuse, type Result } from "../result.ts";

type Requirement = {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent" | "above" | "below";
  readonly values: readonly string[];
};

/** Requirements that must all hold. */
export type LabelSelector = readonly Requirement[];

const NAME = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const VALUE = `(?:${NAME})?`;
const FORMS: readonly (readonly [RegExp, (groups: readonly string[]) => Requirement])[] = [
  [form(`(${NAME})`), ([key = ""]) => ({ key, operator: "exists", values: [] })],
  [form(`!\\s*(${NAME})`), ([key = ""]) => ({ key, operator: "absent", values: [] })],
  [form(`(${NAME})\\s*==?\\s*(${VALUE})`), ([key = "", value = ""]) => toIn(key, value)],
  [
    form(`(${NAME})\\s*!=\\s*(${VALUE})`),
    ([key = "", value = ""]) => ({ key, operator: "notin", values: [value] }),
  ],
  [
    form(`(${NAME})\\s+(in|notin)\\s*\\((\\s*${VALUE}\\s*(?:,\\s*${VALUE}\\s*)*)\\)`),
    ([key = "", word = "", values = ""]) => ({
      key,
      operator: word === "in" ? "in" : "notin",
      values: values.split(",").map((value) => value.trim()),
    }),
  ],
  [
    form(`(${NAME})\\s*([<>])\\s*([0-9]+)`),
    ([key = "", sign = "", bound = ""]) => ({
      key,
      operator: sign === ">" ? "above" : "below",
      values: [bound],
    }),
  ],
];

/**
 * Reads a label selector as the API server does, for labels of namespaces, by which no server selects. The error names the part
 * that cannot be read.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): Result<LabelSelector, string> {
  const requirements: Requirement[] = [];
  // A comma inside parentheses separates values.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) {
      return refuse(
        `"${part.trim()}" is not a label requirement: write key=value, key!=value, key in (a, b), key or !key`,
      );
    }
    requirements.push(requirement);
  }
  return ok(requirements);
}

/** Whether labels satisfy a selector. An absent label satisfies `!=` and `notin`. */
export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
      case "above":
        return isWhole(value) && BigInt(value) > BigInt(values[0] ?? "0");
      case "below":
        return isWhole(value) && BigInt(value) < BigInt(values[0] ?? "0");
    }
  });
}

function parseRequirement(text: string): Requirement | undefined {
  for (const [pattern, toRequirement] of FORMS) {
    const match = pattern.exec(text);
    if (match !== null) return toRequirement(match.slice(1));
  }
  return undefined;
}

function form(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

function toIn(key: string, value: string): Requirement {
  return { key, operator: "in", values: [value] };
}

function isWhole(value: string | undefined): value is string {
  return value !== undefined && /^-?[0-9]{1,19}$/.test(value);
}
