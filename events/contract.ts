import * as v from "valibot";
import { MAX_NESTING, readBoundedJson, type ReadJson } from "./json.ts";
import { hasMoreValues, MESSAGE_MAX_VALUES } from "./json-values.ts";

/**
 * The result of reading a message. Refusals are values: no reader of outside data throws.
 * - `malformed`: not one of our messages, or a broken one. It goes to the dead-letter queue with its reason.
 * - `newer`: of a contract that this reader does not know yet. Temporary: the message is retried, as an upgrade is in progress.
 */
export type Parsed<T> =
  | { readonly outcome: "parsed"; readonly value: T }
  | { readonly outcome: "refused"; readonly code: "malformed" | "newer"; readonly reason: string };

/** An object lies a few levels deep in its message. */
const MESSAGE_MAX_LEVELS = MAX_NESTING + 12;

/**
 * A check by a schema ends at the first issue: a list in which every item is wrong would otherwise make an issue of each, and
 * messages come from anybody who may send to a queue.
 */
export const FIRST_ISSUE: { readonly abortEarly: true; readonly abortPipeEarly: true } = {
  abortEarly: true,
  abortPipeEarly: true,
};

/** Reads the JSON text of a message, or of a part of one, in bounded memory. */
export function readMessageJson(
  text: string,
  maxValues: number = MESSAGE_MAX_VALUES,
  maxLevels: number = MESSAGE_MAX_LEVELS,
): ReadJson {
  if (!hasMoreValues(text, maxValues)) return readBoundedJson(text, maxLevels);
  return { outcome: "refused", reason: `JSON of more than ${maxValues} values` };
}

/** Reads JSON text by a schema; never throws. The contract is in `dataschema`, as `urn:kubemend:<name>:<n>`. */
export function parseMessage<S extends v.GenericSchema>(
  text: string,
  name: string,
  contract: number,
  schema: S,
  maxValues: number = MESSAGE_MAX_VALUES,
): Parsed<v.InferOutput<S>> {
  const read = readMessageJson(text, maxValues);
  if (read.outcome === "refused") {
    return { outcome: "refused", code: "malformed", reason: `the body is ${read.reason}` };
  }
  return checkMessage(read.value, name, contract, schema);
}

/** The same, for a message whose JSON was read already. */
export function checkMessage<S extends v.GenericSchema>(
  json: unknown,
  name: string,
  contract: number,
  schema: S,
): Parsed<v.InferOutput<S>> {
  const version = readContract(json, name);
  if (version !== undefined && version > contract) {
    return {
      outcome: "refused",
      code: "newer",
      reason: `contract ${name} ${version} is newer than ${contract}, which this function reads: upgrade the functions first`,
    };
  }
  const result = v.safeParse(schema, json, FIRST_ISSUE);
  if (result.success) return { outcome: "parsed", value: result.output };
  return { outcome: "refused", code: "malformed", reason: describeIssues(result.issues) };
}

function readContract(json: unknown, name: string): number | undefined {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, "dataschema")) {
    return undefined;
  }
  const schema = (json as { dataschema: unknown }).dataschema;
  const prefix = `urn:kubemend:${name}:`;
  if (typeof schema !== "string" || !schema.startsWith(prefix)) return undefined;
  const version = Number(schema.slice(prefix.length));
  return Number.isSafeInteger(version) && version > 0 ? version : undefined;
}

/** Long enough for a path and what is wrong there. Keys, paths and values in it are of the sender's making, and of any length. */
const ISSUE_MAX_LENGTH = 300;

/** The first three issues on one line, each with its path. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .slice(0, 3)
    .map((issue) => {
      const path = v.getDotPath(issue);
      const message = issue.received === "undefined" ? "is missing" : issue.message;
      return shorten(path === null ? message : `${path}: ${message}`);
    })
    .join("; ");
}

/** Characters that would end a line or control a terminal. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

function shorten(text: string): string {
  const line = text.replace(CONTROL, toEscape);
  return line.length <= ISSUE_MAX_LENGTH ? line : `${line.slice(0, ISSUE_MAX_LENGTH)}…`;
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
