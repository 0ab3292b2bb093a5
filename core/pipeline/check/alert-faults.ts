import { ALERT_SEVERITIES } from "../../../events/alert.ts";
import { RUNBOOK } from "../../actions/alert/alert-parameters.ts";
import { BUILT_IN_LABELS } from "../../alerts/groups/silences.ts";
import { parse } from "../../cel/syntax/parse.ts";
import { toArguments, toConstantText, type Expr } from "../../cel/syntax/tree.ts";
import { isObject, readOwn } from "../../json/read-json.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

/** Severities, runbooks and labels of a rule's alerts that no receiver would get: else they would be noticed only with the first alert. */
export function findAlertFaults(
  rule: Pick<Rule, "then" | "onFailure">,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  return (["then", "onFailure"] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap(({ action, parameters }, index) => {
      if (action !== "alert") return [];
      const here = [...path, list, index, "alert"];
      const { severity, runbook, labels } = parameters;
      return [
        ...findConstants(severity, isSeverity, SEVERITY, [...here, "severity"]),
        ...findConstants(runbook, (text) => RUNBOOK.test(text), ADDRESS, [...here, "runbook"]),
        ...findReplaced(labels, [...here, "labels"]),
      ];
    }),
  );
}

const SEVERITY = `is no severity: expected one of ${ALERT_SEVERITIES.join(", ")}`;
const ADDRESS = "is no https:// address, so no receiver would show it as a link";

function isSeverity(text: string): boolean {
  return ALERT_SEVERITIES.some((one) => one === text);
}

/** The texts that an expression can give, as far as they are written in it. */
function findConstants(
  value: unknown,
  isRight: (text: string) => boolean,
  message: string,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  const source = readOwn(value, "cel");
  if (typeof source !== "string") return [];
  const wrong = toResults(parse(source)).filter(({ text }) => !isRight(text));
  return wrong.map(({ text, offset }) => ({
    path: [...path, "cel"],
    message: `CEL: ${JSON.stringify(text)} ${message}`,
    offset,
  }));
}

function toResults(expr: Expr): readonly { readonly text: string; readonly offset: number }[] {
  const [, ...branches] = toArguments(expr, "?:");
  if (branches.length > 0) return branches.flatMap(toResults);
  const text = toConstantText(expr);
  return text === undefined ? [] : [{ text, offset: expr.offset }];
}

/** A silence or a route of these labels would mean another thing than it says. */
function findReplaced(labels: unknown, path: PipelineIssue["path"]): readonly PipelineIssue[] {
  if (!isObject(labels)) return [];
  return Object.keys(labels)
    .filter((name) => BUILT_IN_LABELS.some((one) => one === name))
    .map((name) => ({
      path: [...path, name],
      at: "key" as const,
      message: `every alert has a label ${name}, and a rule cannot replace it`,
      hint: "give this one another name",
    }));
}
