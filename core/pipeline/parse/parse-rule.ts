import * as v from "valibot";
import { CHANGE_KINDS, sha256 } from "../../../events/ids.ts";
import { refuse, ok, type Result } from "../../result.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { isObject, readList, readOwn } from "../../json/read-json.ts";
import { ruleSchema } from "./document-schema.ts";
import type { RuleDocument, SelectionDocument } from "./document.ts";
import { findSchemaIssues } from "./document-issues.ts";
import { parseLabelSelector } from "../label-selector.ts";
import { findChangedIssues, toChangedFields } from "./parse-changed.ts";
import { deriveOnce } from "./parse-once.ts";
import { checkExpression, parseAction } from "./parse-actions.ts";
import { findAuthorityIssues, toAuthority } from "./parse-authority.ts";
import { findExecutionIssues, toExecutionPolicy } from "./parse-execution.ts";
import { findForIssues } from "./parse-for.ts";
import { isRemediation } from "../../actions/registry.ts";
import { paceAlerts } from "../guards/pace-alerts.ts";
import { findGuardIssues, toGuardSettings } from "../guards/parse-guards.ts";
import { toModes } from "../guards/parse-times.ts";
import { hasGeneration } from "./has-generation.ts";
import type { Once, PipelineIssue, Rule, RuleAction, WatchSelection } from "../pipeline.ts";
import { findUnwatchable } from "../unwatchable.ts";
import { parseResourceName } from "./parse-resource-name.ts";

type Path = readonly (string | number)[];

/** Reads one rule; reports all its faults at once. The digest is of the rule as written. */
export function parseRule(written: unknown, path: Path): Result<Rule, readonly PipelineIssue[]> {
  const issues = [...findSchemaIssues(ruleSchema, written, path)];
  const fields = isObject(written) ? written : {};
  const on = isObject(fields["on"]) ? fields["on"] : {};
  issues.push(...checkSelection(on, [...path, "on"]));

  const where = fields["where"];
  if (typeof where === "string") issues.push(...checkExpression(where, [...path, "where"]));

  issues.push(...findChangedIssues(fields, path));
  const isMirror = hasMirror(fields["then"]);
  const once = isMirror ? ok(EACH_CHANGE) : parseRuleOnce(fields, on, path);
  if (!once.ok) issues.push(...once.error);

  const actions: RuleAction[] = [];
  const then: readonly unknown[] = Array.isArray(fields["then"]) ? fields["then"] : [];
  for (const [index, entry] of then.entries()) {
    const action = parseAction(entry, [...path, "then", index]);
    if (action.ok) actions.push(action.value);
    else issues.push(...action.error);
  }
  // Nothing is said about the actions as a whole if one of them could not be read: what seems to be missing may be that one.
  const known = actions.length === then.length ? actions : [];
  issues.push(...findExecutionIssues(fields, known, path));
  if (once.ok && fields["for"] !== undefined) {
    issues.push(...findForIssues({ ...toForRule(fields, on["resource"]), once: once.value }, path));
  }
  issues.push(...findAuthorityIssues(fields, known, path));
  const parsed = v.safeParse(ruleSchema, written);
  const guards = parsed.success ? parsed.output.guards : undefined;
  issues.push(...findGuardIssues(fields, guards, known, [...path, "guards"]));
  if (issues.length > 0 || !parsed.success || !once.ok) return refuse(issues);
  return ok({
    id: parsed.output.id,
    on: toRuleSelection(parsed.output.on, isMirror),
    where: parsed.output.where,
    once: once.value,
    initial: parsed.output.initial ?? (isMirror ? "include" : "skip"),
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format; a list is no function, so await leaves it alone
    then: isRemediation(actions) ? actions : paceAlerts(actions, guards?.maxPerHour),
    ...toExecutionPolicy(parsed.output),
    ...toAuthority(parsed.output),
    ...toModes(guards),
    guards: toGuardSettings(guards),
    digest: sha256(toCanonicalJson(written)),
  });
}

/** A match of a mirror rule makes no record, so it has no episodes. */
const EACH_CHANGE: Once = { type: "change" };

/** As written, because its parameters may be faulty. */
function hasMirror(then: unknown): boolean {
  return readList(then).some((entry) => readOwn(entry, "mirror") !== undefined);
}

/** A mirror needs to know of whatever happens to an object. */
function toRuleSelection(on: RuleDocument["on"], isMirror: boolean): Rule["on"] {
  const { changed, clusters } = on;
  const several = isMirror ? CHANGE_KINDS : (["added", "modified"] as const);
  const usual = changed === undefined ? several : (["modified"] as const);
  return {
    ...toSelection(on),
    changes: [...new Set(on.changes ?? usual)],
    ...(changed === undefined ? {} : { changed: toChangedFields(changed) }),
    ...(clusters === undefined ? {} : { clusters }),
  };
}

/** `once` of a rule. If the resource is unknown nothing can be said about it, so there are no issues then. */
function parseRuleOnce(
  fields: Readonly<Record<string, unknown>>,
  { resource, changed }: Readonly<Record<string, unknown>>,
  path: Path,
): Result<Once, readonly PipelineIssue[]> {
  const known = typeof resource === "string" ? parseResourceName(resource) : undefined;
  if (typeof resource !== "string" || known?.ok !== true) return refuse([]);
  const once = deriveOnce({
    written: fields["once"],
    where: typeof fields["where"] === "string" ? fields["where"] : undefined,
    resource,
    builtin: known.value !== undefined,
    ...(changed === undefined ? {} : { compared: toComparedFields(changed) }),
  });
  if (once.ok) return once;
  const { message, hint, at = [], offset } = once.error;
  return refuse([{ path: [...path, "once", ...at], message, hint, offset }]);
}

/** As far as they are written as they should be. */
function toComparedFields(changed: unknown): readonly string[] {
  return readList(readOwn(changed, "fields")).filter((field) => typeof field === "string");
}

/** What `for` depends on, of a rule whose `once` can be derived. */
function toForRule(fields: Readonly<Record<string, unknown>>, resource: unknown) {
  const { where, once } = fields;
  const name = String(resource);
  const known = parseResourceName(name);
  return {
    resource: name,
    where: typeof where === "string" ? where : undefined,
    isOnceWritten: once !== undefined,
    hasGeneration: !known.ok || known.value === undefined || hasGeneration(name),
  };
}

/** What the schema cannot check about `on` or an entry of `watch`: that the resource exists, that it can be watched, that it has namespaces if they are selected, and the label selectors. */
export function checkSelection(selection: unknown, path: Path): readonly PipelineIssue[] {
  if (!isObject(selection)) return [];
  const { resource } = selection;
  const unwatchable = typeof resource === "string" ? findUnwatchable(resource) : undefined;
  return [
    ...checkResource(selection, path),
    ...(unwatchable === undefined ? [] : [{ path: [...path, "resource"], ...unwatchable }]),
    ...checkSelector(selection, path),
    ...checkSelector(selection["namespaces"], [...path, "namespaces"]),
  ];
}

/** Label selectors have the same grammar, whether the API server or the relay evaluates them. */
function checkSelector(holder: unknown, path: Path): readonly PipelineIssue[] {
  const written = isObject(holder) ? holder["labelSelector"] : undefined;
  if (typeof written !== "string" || written === "") return [];
  const selector = parseLabelSelector(written.trim());
  return selector.ok ? [] : [{ path: [...path, "labelSelector"], message: selector.error }];
}

/** The faults of `resource`: an unknown one, or a cluster-scoped one with namespaces. */
export function checkResource(
  selection: Readonly<Record<string, unknown>>,
  path: Path,
): readonly PipelineIssue[] {
  const { resource } = selection;
  if (typeof resource !== "string" || resource === "") return [];
  const known = parseResourceName(resource);
  if (!known.ok) return [{ path: [...path, "resource"], ...known.error }];
  if (known.value?.namespaced === false && selection["namespaces"] !== undefined) {
    const message = `${resource} have no namespaces`;
    return [{ path: [...path, "namespaces"], message, hint: "remove namespaces" }];
  }
  return [];
}

/** Only the fields of the selection; selectors without surrounding white space. */
export function toSelection(selection: SelectionDocument): WatchSelection {
  const { namespaces } = selection;
  const isNames = namespaces === undefined || Array.isArray(namespaces);
  return {
    resource: selection.resource,
    namespaces: isNames ? (namespaces as readonly string[] | undefined) : undefined,
    namespaceSelector: isNames
      ? undefined
      : (namespaces as { readonly labelSelector: string }).labelSelector.trim(),
    labelSelector: selection.labelSelector?.trim(),
    fieldSelector: selection.fieldSelector?.trim(),
  };
}
