/* Texts of pipeline files for the tables of broken ones. */

/** A broken pipeline file: what it is, its text, and what its faults and hints must say. */
export type BrokenFile = readonly [what: string, text: string, message: RegExp, hint?: RegExp];

export const HEAD: string =
  "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: prod }\n";
export const ALERT: string = `[ { alert: { to: ops, summary: "'x'" } } ]`;

/** A pipeline of one rule, from the lines of the rule; what it lacks is filled in. */
export function ruleFile(lines: string): string {
  const missing = [
    ["on:", "on: { resource: jobs.batch }"],
    ["once:", "once: object"],
    ["then:", `then: ${ALERT}`],
  ].flatMap(([key = "", line = ""]) => (new RegExp(`^${key}`, "m").test(lines) ? [] : [line]));
  const all = ["id: a", ...missing, ...lines.split("\n")].map((line) => `    ${line}`);
  return `${HEAD}rules:\n  - ${all.join("\n").trimStart()}\n`;
}

export const on = (resource: string): string => ruleFile(`on: { resource: ${resource} }`);
export const where = (cel: string): string => ruleFile(`where: ${cel}`);
export const summary = (text: string): string =>
  ruleFile(`then: [ { alert: { to: ops, summary: ${text} } } ]`);
export const job = (parameters: string, rest = ""): string =>
  ruleFile(`then: [ { createJobFromCronJob: { ${parameters} } } ]${rest}`);
