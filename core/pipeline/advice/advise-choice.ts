import { CHANGE_KINDS } from "../../../events/ids.ts";
import { REFERENCE_RELATIONS } from "../../../events/reference.ts";
import { REMEDIATION_MODES } from "../../../events/request.ts";
import { isObject } from "../../json/read-json.ts";
import { suggestName } from "../../text/suggest.ts";
import type { Advice, Situation } from "./advice.ts";
import { toRelation } from "./relation-name.ts";

/** The values that a key allows. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  changes: CHANGE_KINDS,
  mode: REMEDIATION_MODES,
  initial: ["skip", "include"],
  ifGone: ["refuse", "act"],
  payload: ["full", "metadata"],
  delivery: ["latest", "every"],
  relation: REFERENCE_RELATIONS,
  concurrencyPolicy: ["honour", "wait", "replace", "ignore", "refuse"],
  suspend: ["honour", "ignore"],
  owner: ["controller", "plain", "none"],
};

/** Of createJob. */
const OWNERS = ["none", "trigger"];

/** Their names in other tools, in lower case. */
const OTHER_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  changes: {
    create: "added",
    created: "added",
    add: "added",
    new: "added",
    update: "modified",
    updated: "modified",
    changed: "modified",
    patch: "modified",
    delete: "deleted",
    removed: "deleted",
    gone: "deleted",
  },
  mode: {
    audit: "dryRun",
    warn: "dryRun",
    plan: "dryRun",
    test: "dryRun",
    "dry-run": "dryRun",
    auto: "enforce",
    on: "enforce",
    active: "enforce",
    manual: "approval",
    ask: "approval",
    approve: "approval",
  },
  payload: { all: "full", partial: "metadata" },
  delivery: { all: "every", last: "latest" },
  concurrencyPolicy: { allow: "ignore", forbid: "honour", honor: "honour", respect: "honour" },
  suspend: { honor: "honour", respect: "honour", true: "honour", false: "ignore" },
  initial: { true: "include", false: "skip", all: "include" },
  ifGone: { skip: "refuse", ignore: "refuse", run: "act" },
};

/** A value that is not among those that a key allows, but near one of them or called so elsewhere. */
export function adviseChoice({ key, value, issue }: Situation): Advice {
  if (key === "once") return adviseOnce(value);
  if (key === "cronJob") return adviseCronJob(value);
  const choices = issue.path.includes("createJob") && key === "owner" ? OWNERS : CHOICES[key];
  if (choices === undefined || issue.at === "key") return undefined;
  return adviseAmong(key, choices, value);
}

function adviseAmong(key: string, choices: readonly string[], value: unknown): Advice {
  if (typeof value !== "string" && typeof value !== "boolean") return undefined;
  const written = String(value);
  if (choices.includes(written)) return undefined;
  if (key === "changes" && (written === "*" || written === "all")) {
    return { hint: `write [${choices.join(", ")}]` };
  }
  const near =
    OTHER_WORDS[key]?.[written.toLowerCase()] ??
    (key === "relation" ? toRelation(written) : undefined);
  const right = near ?? suggestName(written, choices);
  const list = `allowed here: ${choices.join(", ")}`;
  return {
    message: `${JSON.stringify(value)} is none of the values of ${key}`,
    hint: right === undefined ? list : `did you mean ${right}? ${list}`,
  };
}

function adviseOnce(value: unknown): Advice {
  if (typeof value === "string") {
    const near = suggestName(value, ["object", "generation", "change"]);
    // It is one of the words, and the fault is another one.
    if (near === value) return undefined;
    if (near !== undefined) return { hint: `did you mean ${near}?` };
    if (value === "condition" || value === "key") {
      const right =
        value === "condition" ? "{ condition: Failed }" : '{ key: "object.metadata.uid" }';
      return { message: `${value} needs to say which one`, hint: `write once: ${right}` };
    }
    return /^[A-Z][A-Za-z]+$/.test(value)
      ? { hint: `did you mean { condition: ${value} }?` }
      : undefined;
  }
  if (!isObject(value)) return undefined;
  const [key = "", ...others] = Object.keys(value);
  if (others.length > 0) return undefined;
  const near = suggestName(key, ["condition", "key"]);
  const inner = value[key];
  if (near === undefined || near === key || typeof inner !== "string") return undefined;
  return { hint: `did you mean { ${near}: ${inner} }?` };
}

function adviseCronJob(value: unknown): Advice {
  if (typeof value === "string") {
    const near = suggestName(value, ["owner", "trigger"]);
    return near === undefined
      ? { hint: `to name the CronJob, write cronJob: { name: ${value} }` }
      : { hint: `did you mean ${near}? To name the CronJob, write cronJob: { name: ${value} }` };
  }
  if (!isObject(value)) return undefined;
  if (!Object.hasOwn(value, "relation")) {
    return {
      hint: "{ name: backup }, with namespace if it is another than the trigger's; or { relation: involved, kind: CronJob }",
    };
  }
  const about = adviseAmong("relation", REFERENCE_RELATIONS, value["relation"]);
  if (about !== undefined) return about;
  const others = Object.keys(value).filter((key) => !["relation", "kind", "index"].includes(key));
  const wrong =
    others.length > 0 ? others.join(", ") : "kind is text, index is a whole number from 0";
  return {
    message: "this is not a reference of the trigger",
    hint: `{ relation, kind?, index? }: ${wrong}`,
  };
}
