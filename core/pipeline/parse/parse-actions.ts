import * as v from "valibot";
import { findExpressions, findTargetConditions } from "../../actions/find-expressions.ts";
import { findSchema } from "../../actions/targets/register.ts";
import { ACTIONS, findAction, isRemediation } from "../../actions/registry.ts";
import { refuse, ok, type Result } from "../../result.ts";
import { isObject } from "../../json/read-json.ts";
import { compileExpression } from "../../cel/compile.ts";
import { readsVariable } from "../../cel/reads-variable.ts";
import { findLostKeys } from "../../json/find-lost-keys.ts";
import { findSchemaIssues } from "./document-issues.ts";
import type { PipelineIssue, RuleAction } from "../pipeline.ts";
import { hasMirror } from "../mirror-rule.ts";
import { suggestName } from "../../text/suggest.ts";

type Path = readonly (string | number)[];

/** Reads one entry of `then`: one key, the name of the action, with its parameters, which the action's own schema validates. */
export function parseAction(
  written: unknown,
  path: Path,
): Result<RuleAction, readonly PipelineIssue[]> {
  const names = isObject(written) ? Object.keys(written) : [];
  const [name] = names;
  if (!isObject(written) || name === undefined || names.length > 1) {
    const message = "an entry must be one action";
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
  const schema = findSchema(action, parameters);
  const issues = [
    ...findLostKeys(parameters, here),
    ...findSchemaIssues(schema, parameters, here),
    ...[...findExpressions(name, parameters), ...findTargetConditions(parameters)].flatMap(
      ({ source, path: place }) => checkExpression(source, [...here, ...place]),
    ),
    ...findTargetConditions(parameters).flatMap(({ source, path: place }) =>
      findReferencesRead(source, [...here, ...place]),
    ),
  ];
  const parsed = v.safeParse(schema, parameters);
  if (issues.length > 0 || !parsed.success) return refuse(issues);
  return ok({ action: name, parameters: parsed.output as Readonly<Record<string, unknown>> });
}

/** The fault of a CEL expression, if any, with its place. */
export function checkExpression(source: string, path: Path): readonly PipelineIssue[] {
  const compiled = compileExpression(source);
  if (compiled.ok) return [];
  const { message, offset } = compiled.error;
  return [{ path, message: `CEL: ${message}`, offset }];
}

/** The condition of targets sees each candidate, whose references are not resolved. */
function findReferencesRead(source: string, path: Path): readonly PipelineIssue[] {
  if (!compileExpression(source).ok || !readsVariable(source, "references", new Set())) return [];
  const hint = "use the fields of object; whereTarget sees references";
  return [{ path, message: "references are not known here", hint }];
}

/** The first of `keys` in a rule that only alerts or mirrors, where it would have no effect. */
export function findUselessKey(
  keys: readonly string[],
  rule: Readonly<Record<string, unknown>>,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  const useless = keys.find((key) => rule[key] !== undefined);
  if (useless === undefined || then.length === 0 || isRemediation(then)) return [];
  const message = `${useless} needs an action that remediates: this rule only ${toVerb(then)}`;
  return [{ path: [...path, useless], at: "key", message }];
}

/** The effects of a rule that does not remediate. */
function toVerb(then: readonly RuleAction[]): "alerts" | "mirrors" {
  return hasMirror({ then }) ? "mirrors" : "alerts";
}

function listActions(): string {
  return `actions: ${Object.keys(ACTIONS).toSorted().join(", ")}`;
}
