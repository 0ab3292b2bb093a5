import { parseAllDocuments, type Document } from "yaml";
import { describeNesting, isNestedDeeper, toRawInteger } from "../events/json.ts";
import { refuse, ok, type Result } from "../core/result.ts";
import { toYamlFaults } from "./yaml-faults.ts";

/** The most aliases that are followed in one document: enough for people, too few for a "billion laughs" attack. */
const MAX_ALIASES = 100;

export type YamlProblem = { readonly message: string; readonly line: number };

/**
 * The values of all documents in a YAML text, as JSON has them: integers beyond 2^53 keep their digits, and nesting is bounded. Refused
 * with the first fault, which quotes nothing that could control a terminal.
 */
export function readYamlValues(text: string): Result<readonly unknown[], YamlProblem> {
  const values: unknown[] = [];
  try {
    for (const document of parseAllDocuments(text, OPTIONS) as readonly Document.Parsed[]) {
      const [fault] = toYamlFaults(text, document.errors);
      if (fault !== undefined) {
        const message = fault.message.replace(/^YAML: /, "");
        return refuse({ message, line: toLine(text, fault.offset) });
      }
      const value: unknown = keepDigits(document.toJS({ maxAliasCount: MAX_ALIASES }));
      if (isNestedDeeper(value)) return refuse({ message: describeNesting(), line: 1 });
      // Null: `---` at the end, or only comments.
      if (value !== null) values.push(value);
    }
    return ok(values);
  } catch (error) {
    const message =
      error instanceof RangeError
        ? "it is nested too deeply"
        : `an alias refers to no anchor before it, or aliases are repeated more than ${MAX_ALIASES} times`;
    return refuse({ message, line: 1 });
  }
}

const OPTIONS = { prettyErrors: false, logLevel: "silent", intAsBigInt: true } as const;

function toLine(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Integers are read as bigint: those that a number holds exactly become one, the others keep their digits. Without recursion. */
function keepDigits(value: unknown): unknown {
  const root = { value };
  const open: Record<string, unknown>[] = [root];
  const seen = new Set<unknown>();
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, item] of Object.entries(holder)) {
      if (typeof item === "bigint") holder[key] = toNumber(item);
      else if (typeof item === "object" && item !== null && !seen.has(item)) {
        seen.add(item);
        open.push(item as Record<string, unknown>);
      }
    }
  }
  return root.value;
}

function toNumber(value: bigint): unknown {
  return Number.isSafeInteger(Number(value)) ? Number(value) : toRawInteger(value);
}
