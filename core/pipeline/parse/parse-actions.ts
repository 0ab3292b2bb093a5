import * as v from "valibot";
import { ACTIONS, findAction } from "../../actions/registry.ts";
import { refuse, ok, type Result } from "../../result.ts";
import { isPlainObject } from "../../json/canonical-json.ts";
import { compileExpression } from "../../cel/compile.ts";
import { findSchemaIssues } from "./document-issues.ts";
import type { PipelineIssue, RuleAction } from "../pipeline.ts";
import { suggestName } from "../../text/suggest.ts";

type Path = readonly (string | number)[];

/** Reads one entry of `then`: one key, the action's name, with its parameters, checked by that action's own schema. */
export function parseAction(
  written: unknown,
  path: Path,
): Result<RuleAction, readonly PipelineIssue[]> {
  const names = isPlainObject(written) ? Object.keys(written) : [];
  const [name] = names;
  if (!isPlainObject(written) || name === undefined || names.length > 1) {
    const message = "an entry of then is one action";
    return refuse([{ path, message, hint: `<action>: { <parameters> }; ${listActions()}` }]);
  }
  const action = findAction(name);
  if (action === undefined) {
    const near = suggestName(name, Object.keys(ACTIONS));
    const hint = near === undefined ? listActions() : `did you mean ${near}? ${listActions()}`;
    return refuse([{ path: [...path, name], at: "key", message: `unknown action ${name}`, hint }]);
  }
  const parameters = written[name] ?? {};
  const here = [...path, name];
  const issues = [
    ...findSchemaIssues(action.schema, parameters, here),
    ...action.expressions.flatMap((key) => checkParameter(parameters, key, here)),
  ];
  const parsed = v.safeParse(action.schema, parameters);
  if (issues.length > 0 || !parsed.success) return refuse(issues);
  return ok({ action: name, parameters: parsed.output as Readonly<Record<string, unknown>> });
}

function checkParameter(parameters: unknown, key: string, path: Path): readonly PipelineIssue[] {
  if (!isPlainObject(parameters) || !Object.hasOwn(parameters, key)) return [];
  const source = parameters[key];
  return typeof source === "string" ? checkExpression(source, [...path, key]) : [];
}

/** The fault of a CEL expression, if it has one, with its place. */
export function checkExpression(source: string, path: Path): readonly PipelineIssue[] {
  const compiled = compileExpression(source);
  if (compiled.ok) return [];
  const { message, offset } = compiled.error;
  return [{ path, message: `CEL: ${message}`, offset }];
}

/** Whether the rule changes the cluster: then it has a record, and its alerts are steps of that. */
export function isRemediation(actions: readonly RuleAction[]): boolean {
  return actions.some(
    ({ action }) => Object.hasOwn(ACTIONS, action) && ACTIONS[action]?.remediates,
  );
}

function listActions(): string {
  return `actions: ${Object.keys(ACTIONS).toSorted().join(", ")}`;
}
