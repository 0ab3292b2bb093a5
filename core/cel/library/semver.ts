import { isUint64, toCanonicalInt } from "../values/integer.ts";
import { charge } from "../values/meter.ts";
import { compareText } from "../values/order.ts";
import { Opaque, type Answer, type Value } from "../values/value.ts";
import { quote } from "./conversions.ts";
import { fail, take, takeFrom, type CelFunction, type Library } from "./function.ts";

/** A version such as `1.2.3-rc.1`. What stands behind a `+` does not count. */
class Semver extends Opaque {
  readonly typeName = "kubernetes.Semver";
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly labels: readonly (bigint | string)[];

  constructor(numbers: Semver["numbers"], labels: Semver["labels"]) {
    super();
    this.numbers = numbers;
    this.labels = labels;
  }

  equals(other: Value): boolean {
    return other instanceof Semver && compareVersions(this, other) === 0;
  }

  toText(): undefined {
    return undefined;
  }
}

/** https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/semverlib.go */
export const SEMVERS: Library = {
  semver: takeFrom(1, 2, (text, isTolerant = false) => {
    if (typeof text !== "string" || typeof isTolerant !== "boolean") return undefined;
    return parseSemver(text, isTolerant) ?? fail(`${quote(text)} is not a version such as 1.2.3`);
  }),
  isSemver: takeFrom(1, 2, (text, isTolerant = false) => {
    if (typeof text !== "string" || typeof isTolerant !== "boolean") return undefined;
    return parseSemver(text, isTolerant) !== undefined;
  }),
  ".major": onSemver(({ numbers: [major] }) => toCanonicalInt(BigInt.asIntN(64, major))),
  ".minor": onSemver(({ numbers: [, minor] }) => toCanonicalInt(BigInt.asIntN(64, minor))),
  ".patch": onSemver(({ numbers: [, , patch] }) => toCanonicalInt(BigInt.asIntN(64, patch))),
};

/** Their names are those of quantities too. */
export const SEMVER_ORDER: Library = {
  ".isGreaterThan": compareWith((order) => order > 0),
  ".isLessThan": compareWith((order) => order < 0),
  ".compareTo": compareWith((order) => order),
};

function onSemver(run: (version: Semver) => Answer): CelFunction {
  return take(1, (value) => (value instanceof Semver ? run(value) : undefined));
}

function compareWith(run: (order: number) => Answer): CelFunction {
  return take(2, (left, right) =>
    left instanceof Semver && right instanceof Semver
      ? run(compareVersions(left, right))
      : undefined,
  );
}

const VERSION =
  /^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)(?:-(?<labels>[0-9A-Za-z.-]*))?(?:\+(?<build>[0-9A-Za-z.-]*))?$/;
const MAX_LENGTH = 1_000;
const PARSE_STEPS = 10;

/** Undefined if the text is no version. With `isTolerant`, `v1.02` is one too. */
function parseSemver(text: string, isTolerant: boolean): Semver | undefined {
  charge(PARSE_STEPS + text.length / 4);
  if (text.length > MAX_LENGTH) return undefined;
  const groups = VERSION.exec(isTolerant ? complete(text) : text)?.groups;
  if (groups === undefined) return undefined;
  const { major = "", minor = "", patch = "", labels, build } = groups;
  const parts = labels?.split(".") ?? [];
  const isBuild = build === undefined || build.split(".").every((part) => part !== "");
  if (![major, minor, patch].every(isWhole) || !parts.every(isLabel) || !isBuild) return undefined;
  return new Semver(
    [BigInt(major), BigInt(minor), BigInt(patch)],
    parts.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
  );
}

function isWhole(number: string): boolean {
  return !/^0\d/.test(number) && isUint64(BigInt(number));
}

function isLabel(part: string): boolean {
  return part !== "" && !/^0\d+$/.test(part);
}

/** Without the `v` and leading zeros, and with all three numbers. */
function complete(text: string): string {
  const parts = text.replace(/^v/, "").split(".");
  const numbers = [...parts.slice(0, 2), ...(parts.length > 2 ? [parts.slice(2).join(".")] : [])];
  const isShort = numbers.length < 3;
  if (isShort && /[-+]/.test(numbers.at(-1) ?? "")) return "";
  const trimmed = numbers.map((part) => (part.length > 1 ? part.replace(/^0+(?=\d)/, "") : part));
  return [...trimmed, "0", "0"].slice(0, 3).join(".");
}

function compareVersions(left: Semver, right: Semver): number {
  for (const index of [0, 1, 2] as const) {
    const [a, b] = [left.numbers[index], right.numbers[index]];
    if (a !== b) return a < b ? -1 : 1;
  }
  return compareLabels(left.labels, right.labels);
}

/** A version with labels comes before the one without; numbers come before words. */
function compareLabels(left: Semver["labels"], right: Semver["labels"]): number {
  if (left.length === 0 || right.length === 0) return Math.sign(right.length - left.length);
  for (const [index, a] of left.entries()) {
    const b = right[index];
    if (b === undefined) return 1;
    if (a === b) continue;
    if (typeof a === "bigint") return typeof b === "bigint" && a > b ? 1 : -1;
    return typeof b === "bigint" ? 1 : Math.sign(compareText(a, b));
  }
  return left.length < right.length ? -1 : 0;
}
