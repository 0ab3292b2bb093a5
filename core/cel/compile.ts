import { celType, isCelError, parse, plan, type CelInput, type CelValue } from "@bufbuild/cel";
import { refuse, ok, type Result } from "../result.ts";
import { inspectExpression, MAX_EXPRESSION_LENGTH, VARIABLES } from "./bounds.ts";
import { compileFastPath } from "./fast-path.ts";
import { isAbsent, UNDECIDED } from "./fast-path-steps.ts";
import { collectAccessPaths, findMissingPath, type AccessPaths } from "./access-paths.ts";
import { meterMacros } from "./macro-cost.ts";
import { createMeteredEnv } from "./functions.ts";
import { SPENT_MESSAGE, withMeter } from "./meter.ts";
import { toSyntaxFault } from "./syntax-fault.ts";
import { MAX_KEY_LENGTH, toCelInput, toJavaScript, type Absences } from "./values.ts";

/** The variables of an expression. `now` (RFC 3339) becomes a CEL timestamp; a variable without a value is unknown. */
export type Bindings = {
  readonly object: unknown;
  readonly change?: unknown;
  readonly references?: unknown;
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly now: string;
};

/**
 * The result of an evaluation. `unknown` means that a field does not exist, with its path; `error` is any other failure, such as
 * types that do not fit. They are kept apart because a field that a young object does not have yet is not a fault of the rule.
 */
export type Evaluation =
  | { readonly outcome: "value"; readonly value: unknown }
  | { readonly outcome: "unknown"; readonly path: string }
  | { readonly outcome: "error"; readonly message: string };

export type Expression = {
  readonly source: string;
  /** Never throws; the same bindings give the same answer. */
  readonly evaluate: (bindings: Bindings) => Evaluation;
};

/** `offset` counts UTF-16 units from the start of the source. */
export type ExpressionFault = { readonly message: string; readonly offset?: number };

const env = createMeteredEnv();
const toTimestamp = plan(env, parse("timestamp(t)"));
const toText = plan(env, parse("string(v)"));

/**
 * Compiles a CEL expression over `object`, `change`, `references`, `cluster` and `now`; never throws.
 * Bounded before evaluation: length, number of nodes, macros nested at most twice; patterns of `matches` are literals, in RE2.
 * Bounded during evaluation: every iteration of a macro and the characters that a function reads cost steps, see meter.ts.
 * Language: https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md
 */
export function compileExpression(source: string): Result<Expression, ExpressionFault> {
  const known = expressions.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (expressions.size >= MAX_EXPRESSIONS) expressions.clear();
  expressions.set(source, compiled);
  return compiled;
}

/** Compiling takes a millisecond, and every message needs the same few expressions of the pipeline. */
const expressions = new Map<string, Result<Expression, ExpressionFault>>();
const MAX_EXPRESSIONS = 1_000;

function compile(source: string): Result<Expression, ExpressionFault> {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    return refuse({ message: `longer than ${MAX_EXPRESSION_LENGTH} characters`, offset: 0 });
  }
  try {
    const parsed = parse(source);
    const { fault, variables } = inspectExpression(parsed.expr, env);
    if (fault !== undefined) {
      const offset = parsed.sourceInfo?.positions[String(fault.exprId)];
      return refuse({ message: fault.message, ...(offset === undefined ? {} : { offset }) });
    }
    const paths = collectAccessPaths(parsed.expr);
    const fastPath = compileFastPath(parsed.expr, paths);
    meterMacros(parsed.expr);
    const run = plan(env, parsed);
    const evaluate = (bindings: Bindings): Evaluation => {
      const answer = fastPath?.(bindings) ?? UNDECIDED;
      if (answer !== UNDECIDED) {
        return isAbsent(answer)
          ? { outcome: "unknown", path: answer.path }
          : { outcome: "value", value: answer };
      }
      const absences: Absences = { keys: new Set(), nulls: new Set() };
      const { value, spent } = withMeter((): Evaluation => {
        try {
          const result = run(bindVariables(bindings, variables, absences));
          return isCelError(result)
            ? toFailure(result, paths, absences)
            : { outcome: "value", value: toJavaScript(result, printValue) };
        } catch (error) {
          return { outcome: "error", message: describeThrown(error) };
        }
      });
      return spent ? { outcome: "error", message: SPENT_MESSAGE } : value;
    };
    return ok({ source, evaluate });
  } catch (error) {
    return refuse(toSyntaxFault(error, source));
  }
}

function bindVariables(
  bindings: Bindings,
  used: ReadonlySet<string>,
  absences: Absences,
): Record<string, CelInput> {
  const context = Object.create(null) as Record<string, CelInput>;
  for (const name of VARIABLES) {
    const value = bindings[name];
    if (!used.has(name) || value === undefined) continue;
    context[name] =
      name === "now" ? (parseTime(bindings.now) ?? null) : toCelInput(value, absences);
  }
  return context;
}

function parseTime(text: string): CelInput | undefined {
  const time = toTimestamp({ t: text });
  return isCelError(time) ? undefined : time;
}

function printValue(value: CelValue): string {
  const text = toText({ v: value });
  return typeof text === "string" ? text : celType(value).name;
}

type CelFailure = {
  readonly message: string;
  readonly exprId: bigint | undefined;
  readonly cause?: unknown;
};

const MISSING = /^(?:field not found: |index )(?<key>[\s\S]*?)(?: out of bounds .*)?$/;

/** The name before the last step of a path: `regarding` of `object.regarding.kind` and of `object["regarding"].kind`. */
const PARENT = /(?<parent>[^.[\]"]+)"?\]?(?:\.[^.[\]]+|\[[^[\]]*\])$/;

/** Only this much of a message is examined: a computed key may be as long as an object. */
const MAX_MESSAGE_LENGTH = 500;

/** Of several failures (of `a || b`) a missing field comes first, because the answer might differ if the field existed. */
function toFailure(error: CelFailure, paths: AccessPaths, absences: Absences): Evaluation {
  const others = Array.isArray(error.cause) ? error.cause.filter((item) => isCelError(item)) : [];
  for (const failure of [error, ...others]) {
    if (failure.message === "unresolved attribute") {
      return { outcome: "unknown", path: "a variable that has no value here" };
    }
    const key = findKey(failure.message);
    if (key === undefined) continue;
    const path = findMissingPath(paths, failure.exprId, key);
    const parent = PARENT.exec(path)?.groups?.["parent"] ?? "";
    if (absences.keys.has(key) || absences.nulls.has(parent)) return { outcome: "unknown", path };
  }
  const message = error.message.slice(0, MAX_MESSAGE_LENGTH);
  return { outcome: "error", message: toReadable(message, error.exprId, paths) };
}

function findKey(message: string): string | undefined {
  const key = MISSING.exec(message.slice(0, MAX_MESSAGE_LENGTH))?.groups?.["key"];
  return key?.slice(0, MAX_KEY_LENGTH);
}

const OVERLOAD = /^found no matching overload for '?(?<name>\S+?)'? applied to '(?<types>.*)'$/;

function toReadable(message: string, exprId: bigint | undefined, paths: AccessPaths): string {
  const { name, types } = OVERLOAD.exec(message)?.groups ?? {};
  if (name !== undefined) {
    const written = name.replaceAll("_", " ").trim();
    return `${written} does not take ${types}: string(x), int(x) and double(x) convert`;
  }
  if (message.includes("call stack")) return TOO_DEEP;
  const key = findKey(message);
  if (key === undefined) return message.slice(0, 300);
  return `${findMissingPath(paths, exprId, key)}: the value before it has no fields`;
}

const TOO_DEEP = "the object, or the expression, is nested too deeply";

function describeThrown(error: unknown): string {
  if (error instanceof RangeError) return TOO_DEEP;
  return error instanceof Error ? error.message.slice(0, 300) : String(error);
}
