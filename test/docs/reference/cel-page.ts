import { VARIABLES, type Variable } from "../../../core/cel/plan/variables.ts";
import type { FunctionDoc } from "../../../core/cel/types/function-doc.ts";
import { FUNCTION_GROUPS } from "../../../core/cel/types/function-reference.ts";
import { MACRO_REFERENCE } from "../../../core/cel/types/macro-reference.ts";
import { toTable } from "./to-table.ts";

/** The meaning of each variable, and an expression that uses it. */
const VARIABLE_DOCS: Readonly<Record<Variable, readonly [meaning: string, example: string]>> = {
  object: [
    "The object as the change reports it; after a wait, as it is now. In `whereTarget` the object that would be acted upon, in `verify.where` the one that was created.",
    'object.metadata.name.startsWith("backup-")',
  ],
  change: [
    "The change: `id`, `kind` (added, modified, deleted, left), `time`, `gap` (states in between may be missing).",
    'change.kind == "deleted"',
  ],
  references: [
    "The references of the object, resolved: a list of `field`, `relation`, `result`.",
    'references.exists(r, r.relation == "controller")',
  ],
  cluster: ["The cluster: `name`, `uid`.", 'cluster.name == "prod-eu-1"'],
  now: [
    "The time of the change; after a wait, that of waking. A timestamp.",
    "now.getHours('Europe/Berlin') < 6",
  ],
};

function toRows(functions: readonly FunctionDoc[]): string {
  const rows = functions.map(({ signatures, summary, example }) => [
    signatures.map((text) => `\`${text}\``).join("<br>"),
    summary,
    `\`${example}\``,
  ]);
  return toTable(["Written", "Gives", "Example, which is true"], rows);
}

/** The page about the variables and functions of expressions. */
export function createCelPage(): string {
  const rows = VARIABLES.map((name) => {
    const [meaning, example] = VARIABLE_DOCS[name];
    return [`\`${name}\``, meaning, `\`${example}\``];
  });
  return `# Expressions

Conditions, keys, times and summaries are [CEL](https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md), with the functions of Kubernetes 1.36. A field that an object does not have makes a condition unknown, which is no match. [How missing fields, null and numbers are treated, and what differs from Kubernetes](../cel.md).

## Variables

${toTable(["Variable", "Meaning", "Example"], rows)}
## Operators

\`!\` \`-\`, then \`*\` \`/\` \`%\`, \`+\` \`-\`, \`==\` \`!=\` \`<\` \`<=\` \`>\` \`>=\` \`in\`, \`&&\`, \`||\`, \`a ? b : c\`, from the one that binds most tightly. \`object.?field\` and \`list[?0]\` are optional. \`[?x]\` and \`{?"key": x}\` leave out what an optional x does not have.

## Macros

${toRows(MACRO_REFERENCE)}${FUNCTION_GROUPS.map(({ title, functions }) => `\n## ${title}\n\n${toRows(functions)}`).join("")}`;
}

export const CEL_EXAMPLES: readonly string[] = Object.values(VARIABLE_DOCS).map(
  ([, example]) => example,
);
