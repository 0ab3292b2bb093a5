import { VARIABLES, type Variable } from "../../../core/cel/bounds.ts";
import { toTable } from "./to-table.ts";

/** What each variable is, and an expression that uses it. */
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

/** The page about the variables and functions of expressions. */
export function createCelPage(): string {
  const rows = VARIABLES.map((name) => {
    const [meaning, example] = VARIABLE_DOCS[name];
    return [`\`${name}\``, meaning, `\`${example}\``];
  });
  return `# Expressions

Conditions, keys, times and summaries are [CEL](https://github.com/google/cel-spec/blob/v0.24.0/doc/langdef.md), as in Kubernetes. A field that an object does not have makes a condition unknown, which is no match.

## Variables

${toTable(["Variable", "Meaning", "Example"], rows)}`;
}

export const CEL_EXAMPLES: readonly string[] = Object.values(VARIABLE_DOCS).map(
  ([, example]) => example,
);
