import * as v from "valibot";
import { sha256 } from "../../events/ids.ts";
import { refuse, ok, type Result } from "../result.ts";
import { isPlainObject, toCanonicalJson } from "./canonical-json.ts";
import { ruleSchema } from "./document.ts";
import { findSchemaIssues } from "./document-issues.ts";
import { deriveOnce } from "./once.ts";
import { checkExpression, parseAction } from "./parse-actions.ts";
import type { Once, PipelineIssue, Rule, RuleAction, WatchSelection } from "./pipeline.ts";
import { parseResourceName } from "./resource-name.ts";

type Path = readonly (string | number)[];

/** Reads one rule with everything that is wrong with it, however much that is. The digest is of the rule as written. */
export function parseRule(written: unknown, path: Path): Result<Rule, readonly PipelineIssue[]> {
  const issues = [...findSchemaIssues(ruleSchema, written, path)];
  const fields = isPlainObject(written) ? written : {};
  const on = isPlainObject(fields["on"]) ? fields["on"] : {};
  issues.push(...checkSelection(on, [...path, "on"]));

  const where = fields["where"];
  if (typeof where === "string") issues.push(...checkExpression(where, [...path, "where"]));

  const once = parseRuleOnce(fields, on["resource"], path);
  if (!once.ok) issues.push(...once.error);

  const actions: RuleAction[] = [];
  const then: readonly unknown[] = Array.isArray(fields["then"]) ? fields["then"] : [];
  for (const [index, entry] of then.entries()) {
    const action = parseAction(entry, [...path, "then", index]);
    if (action.ok) actions.push(action.value);
    else issues.push(...action.error);
  }
  const parsed = v.safeParse(ruleSchema, written);
  if (issues.length > 0 || !parsed.success || !once.ok) return refuse(issues);
  return ok({
    id: parsed.output.id,
    on: {
      ...toSelection(parsed.output.on),
      changes: [...new Set(parsed.output.on.changes ?? (["added", "modified"] as const))],
    },
    where: parsed.output.where,
    once: once.value,
    initial: parsed.output.initial ?? "skip",
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word; a list is no function, so await leaves it alone
    then: actions,
    mode: parsed.output.guards?.mode ?? "enforce",
    digest: sha256(toCanonicalJson(written)),
  });
}

/** `undefined` as the answer's resource: not known, so nothing more can be said about `once`. */
function parseRuleOnce(
  fields: Readonly<Record<string, unknown>>,
  resource: unknown,
  path: Path,
): Result<Once, readonly PipelineIssue[]> {
  const known = typeof resource === "string" ? parseResourceName(resource) : undefined;
  if (typeof resource !== "string" || known?.ok !== true) return refuse([]);
  const once = deriveOnce({
    written: fields["once"],
    where: typeof fields["where"] === "string" ? fields["where"] : undefined,
    resource,
    builtin: known.value !== undefined,
  });
  if (once.ok) return once;
  const { message, hint, at = [], offset } = once.error;
  return refuse([{ path: [...path, "once", ...at], message, hint, offset }]);
}

/** What the schema cannot tell about `on` or an entry of `watch`: whether the resource is, and has namespaces. */
export function checkSelection(selection: unknown, path: Path): readonly PipelineIssue[] {
  if (!isPlainObject(selection)) return [];
  const { resource } = selection;
  if (typeof resource !== "string" || resource === "") return [];
  const known = parseResourceName(resource);
  if (!known.ok) return [{ path: [...path, "resource"], ...known.error }];
  if (known.value?.namespaced === false && selection["namespaces"] !== undefined) {
    const message = `${resource} have no namespaces`;
    return [{ path: [...path, "namespaces"], message, hint: "leave namespaces out" }];
  }
  return [];
}

/** The selection alone, without what else stands beside it; selectors without surrounding white space. */
export function toSelection(selection: WatchSelection): WatchSelection {
  return {
    resource: selection.resource,
    namespaces: selection.namespaces,
    labelSelector: selection.labelSelector?.trim(),
    fieldSelector: selection.fieldSelector?.trim(),
  };
}
