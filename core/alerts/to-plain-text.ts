import type { AlertView } from "./alert-view.ts";

/** An alert as plain text, for receivers such as SNS that send e-mails. */
export function toPlainText(view: AlertView): string {
  const { title, summary, problem, preview, facts, commands } = view;
  return [
    title,
    "",
    ...(summary.trim() === "" ? [] : [summary, ""]),
    ...(problem === undefined ? [] : [`Problem: ${problem}`, ""]),
    ...(preview.length === 0 ? [] : [...preview.map((line) => `  ${line}`), ""]),
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...(commands.length === 0 ? [] : ["", "Next:", ...commands.map((command) => `  ${command}`)]),
    "",
  ].join("\n");
}
