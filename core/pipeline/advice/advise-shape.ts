import { isObject } from "../../json/read-json.ts";
import type { Advice, Situation } from "./advice.ts";

/** Lists that were written as fields, keys that YAML tools have changed, and files that are no pipelines. */
export function adviseShape({ issue, key, value }: Situation): Advice {
  if (issue.path.length === 0) return adviseFile(value);
  if (typeof issue.path.at(-1) === "number") return undefined;
  if (issue.at === "key" && issue.message.startsWith("unknown key"))
    return adviseKey(key, issue.path);
  if ((key === "then" || key === "onFailure") && isObject(value)) {
    return { hint: `begin each action with a dash: ${key}: [ { <action>: { <parameters> } } ]` };
  }
  if (["rules", "watch", "redact"].includes(key) && isObject(value)) {
    return { hint: `begin each entry of ${key} with a dash` };
  }
  if (key === "changes" && typeof value === "string") return { hint: `write changes: [${value}]` };
  if (key === "paths" && typeof value === "string") return { hint: `write paths: ["${value}"]` };
  if (key === "kind" && typeof value === "string" && value !== "Pipeline") return adviseKind(value);
  if (key === "apiVersion" && typeof value === "string" && value.startsWith("kubemend.dev/")) {
    return { hint: "this is the only version that there is yet" };
  }
  return undefined;
}

const BEGINNING = "a pipeline begins with apiVersion: kubemend.dev/v1alpha1 and kind: Pipeline";

function adviseFile(value: unknown): Advice {
  if (value === null || value === undefined)
    return { message: "the file is empty", hint: BEGINNING };
  if (isObject(value)) return undefined;
  const what = Array.isArray(value) ? "a list" : "one value";
  return { message: `expected a pipeline, not ${what}`, hint: BEGINNING };
}

function adviseKey(key: string, path: readonly (string | number)[]): Advice {
  if (key === "<<") {
    return {
      message: "merge keys (<<) are not a part of YAML 1.2",
      hint: "write the keys out, or reuse a whole value: once: &key object, and then once: *key",
    };
  }
  const isRule = path[0] === "rules" && path.length === 3;
  if (isRule && (key === "true" || key === "True")) {
    return {
      message: 'the key "true" was on, until a tool read it by YAML 1.1, where on means true',
      hint: 'write it in quotes for that tool: "on":',
    };
  }
  if (key === "matchLabels" || key === "matchExpressions") {
    return {
      message: `unknown key "${key}"`,
      hint: 'labels are one text, as in kubectl: labelSelector: "app=x,tier in (a, b)"',
    };
  }
  const hint = OTHER_KEYS.get(key);
  const isThere = path.length === (PLACES.get(key) ?? path.length);
  return hint !== undefined && isThere ? { hint } : undefined;
}

/** Where these are keys of other tools: elsewhere they mean something else. The length of a path: 1 at the top of the file, 3 in a rule. */
const PLACES: ReadonlyMap<string, number> = new Map([
  ["name", 3],
  ["changed", 3],
  ["redact", 3],
  ["receivers", 3],
  ["mode", 3],
  ["spec", 1],
  ["metadata", 1],
]);

/** Keys of other tools, and ours that mean the same. */
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  ["if", "a condition is written as where: <CEL>"],
  ["when", "a condition is written as where: <CEL>, and a time as for: or at:"],
  ["condition", "a condition is written as where: <CEL>"],
  ["match", "what is watched is written as on: { resource: ... }, and a condition as where: <CEL>"],
  ["name", "a rule is named by its id"],
  [
    "changed",
    "write it below on: on: { resource: ..., changed: { fields: [...], unknown: skip } }",
  ],
  ["redact", "redact stands at the top of the file, beside rules"],
  ["receivers", "receivers stand at the top of the file, beside rules"],
  ["actions", "actions are written as then: [ ... ]"],
  ["schedule", "there are no schedules: a rule waits with for: <duration> or at: <CEL timestamp>"],
  ["cooldown", "limits are written as guards: { cooldown: <duration> }"],
  ["mode", "the mode is one of the guards: guards: { mode: dryRun }"],
  ["maxPerHour", "limits are written as guards: { maxPerHour: <number> }"],
  ["maxInFlight", "limits are written as guards: { maxInFlight: <number> }"],
  ["spec", "a pipeline has no spec: its keys stand at the top"],
  ["metadata", "a pipeline has no metadata: its cluster is named by cluster: { name: ... }"],
]);

function adviseKind(kind: string): Advice {
  if (kind === "ConfigMap" || kind === "List") {
    return {
      message: `this is a ${kind}, and not a pipeline`,
      hint: "validate the pipeline itself: the text below data",
    };
  }
  return { hint: BEGINNING };
}
