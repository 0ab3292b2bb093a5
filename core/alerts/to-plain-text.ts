import type { AlertView } from "./alert-view.ts";

/** An alert as plain text, for receivers such as SNS that send e-mails. */
export function toPlainText({ title, summary, problem, facts, commands }: AlertView): string {
  return [
    title,
    "",
    ...(summary.trim() === "" ? [] : [summary, ""]),
    ...(problem === undefined ? [] : [`Problem: ${problem}`, ""]),
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...(commands.length === 0 ? [] : ["", "Next:", ...commands.map((command) => `  ${command}`)]),
    "",
  ].join("\n");
}
