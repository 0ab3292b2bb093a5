import { compileExpression, type Evaluation } from "../../cel/compile.ts";
import { parse } from "../../cel/syntax/parse.ts";
import { toChildren, type Expr } from "../../cel/syntax/tree.ts";
import { parseTimestamp } from "../../text/timestamp.ts";
import type { PipelineIssue } from "../pipeline.ts";
import { checkExpression } from "./parse-actions.ts";

const HINT =
  "an expression that gives a time, such as timestamp(object.status.notAfter) - duration('168h')";
const TIME_OF_DAY_HINT = `at is one moment, not a time of day: ${HINT}`;

/** The faults of `at`: the CEL, and a constant that is not a time. */
export function findAtIssues(
  source: string,
  path: readonly (string | number)[],
): readonly PipelineIssue[] {
  if (/^\s*\d{1,2}:\d\d(?::\d\d)?\s*$/.test(source)) {
    return [{ path, message: `${source.trim()} is not a time`, hint: TIME_OF_DAY_HINT }];
  }
  const faults = checkExpression(source, path);
  const answer = evaluateConstant(source);
  if (faults.length > 0 || answer === undefined) return faults;
  const value = answer.outcome === "value" ? answer.value : undefined;
  if (typeof value === "string" && parseTimestamp(value) !== undefined) return [];
  const isTimeOfDay = typeof value === "string" && /^\d{1,2}:\d\d/.test(value);
  const why = answer.outcome === "error" ? `: ${answer.message}` : "";
  const message = `${source.trim()} is never a time${why}`;
  return [{ path, message, hint: isTimeOfDay ? TIME_OF_DAY_HINT : HINT }];
}

/** The value of an expression without variables; undefined if it has some, or is faulty. */
export function evaluateConstant(source: string): Evaluation | undefined {
  if (!isConstant(source)) return undefined;
  const compiled = compileExpression(source);
  return compiled.ok ? compiled.value.evaluate(NOTHING) : undefined;
}

const NOTHING = {
  object: {},
  change: { id: "", kind: "", time: "", gap: false },
  references: [],
  cluster: { name: "", uid: "" },
  now: "1970-01-01T00:00:00.000Z",
};

/** Whether an expression uses no variable, so that it gives the same for every object. */
function isConstant(source: string): boolean {
  try {
    return !usesVariable(parse(source));
  } catch {
    return false;
  }
}

function usesVariable(expr: Expr): boolean {
  return expr.type === "variable" || toChildren(expr).some(usesVariable);
}
