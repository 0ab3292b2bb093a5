import type { AlertView } from "./alert-view.ts";

/** An alert as plain text, for receivers such as SNS that send e-mails. */
export function toPlainText(view: AlertView): string {
  const { title, summary, problem, preview, outcome, facts, commands, runbook } = view;
  return [
    title,
    "",
    ...(summary.trim() === "" ? [] : [summary.startsWith("> ") ? summary : `> ${summary}`, ""]),
    ...(problem === undefined ? [] : [`Problem: ${problem}`, ""]),
    ...(outcome.length === 0 ? [] : [...outcome, ""]),
    ...(preview.length === 0 ? [] : [...preview.map((line) => `  ${line}`), ""]),
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
    ...(commands.length === 0 ? [] : ["", "Next:", ...commands.map((command) => `  ${command}`)]),
    "",
  ].join("\n");
}
