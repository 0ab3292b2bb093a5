import { ACTIONS, findAction } from "../../actions/registry.ts";
import { isObject } from "../../json/read-json.ts";
import { suggestName } from "../../text/suggest.ts";
import type { Advice, Situation } from "./advice.ts";
import { adviseParameter } from "./advise-parameter.ts";

/** Actions and their parameters that are named as in kubectl, in manifests and in other tools. */
export function adviseAction(situation: Situation): Advice {
  const { issue, value } = situation;
  const { path } = issue;
  const [rules, , list, , action = ""] = path;
  if (rules !== "rules" || (list !== "then" && list !== "onFailure")) return undefined;
  if (path.length === 4) return adviseEntry(value);
  const name = String(action);
  if (path.length === 5) return issue.at === "key" ? adviseName(name) : adviseShape(name, value);
  return adviseParameter(name, situation);
}

/** Names of actions elsewhere, in lower case. */
const OTHER_ACTIONS: Readonly<Record<string, string>> = {
  rollback: "rollbackDeployment",
  undo: "rollbackDeployment",
  rolloutundo: "rollbackDeployment",
  restart: "restartRollout",
  rolloutrestart: "restartRollout",
  restartdeployment: "restartRollout",
  restartpod: "evictPod, or deleteObject",
  deletepod: "deleteObject, or evictPod, which respects PodDisruptionBudgets",
  deletejob: "deleteObject",
  delete: "deleteObject",
  evict: "evictPod",
  runjob: "createJob, or createJobFromCronJob",
  job: "createJob, or createJobFromCronJob",
  runcronjob: "createJobFromCronJob",
  triggercronjob: "createJobFromCronJob",
  notify: "alert",
  slack: "alert",
  log: "alert",
  webhook: "alert",
  event: "emitEvent",
  createevent: "emitEvent",
  drainnode: "drain",
  cordonnode: "cordon",
  uncordonnode: "uncordon",
  addlabel: "label",
  setlabel: "label",
  addannotation: "annotate",
  setimage: "patch",
  copy: "mirror",
  replicate: "mirror",
  sync: "mirror",
  migrate: "move",
  relocate: "move",
  transfer: "move",
  apply: "applyJob, or patch",
  pause: "suspend",
  scaledeployment: "scale",
  scaledown: "scale",
  scaleup: "scale",
};

function adviseName(written: string): Advice {
  const names = Object.keys(ACTIONS).toSorted();
  const near = OTHER_ACTIONS[written.toLowerCase()] ?? suggestName(written, names);
  const list = `actions: ${names.join(", ")}`;
  return { hint: near === undefined ? list : `did you mean ${near}? ${list}` };
}

/** An entry that is not one action with its parameters. */
function adviseEntry(value: unknown): Advice {
  if (typeof value === "string" && findAction(value) !== undefined) {
    return { hint: `write ${value}: {}` };
  }
  if (!isObject(value)) return undefined;
  const found = Object.keys(value).filter((key) => findAction(key) !== undefined);
  if (found.length > 1) {
    return {
      message: "an entry must be one action, and this is several",
      hint: `begin each with a dash: ${found.map((name) => `- ${name}: ...`).join(" ")}`,
    };
  }
  const name = value["name"] ?? value["action"] ?? value["type"];
  return typeof name === "string" && findAction(name) !== undefined
    ? { hint: `the name of the action is the key: ${name}: { <parameters> }` }
    : undefined;
}

/** Parameters that are one text or a list. */
function adviseShape(action: string, value: unknown): Advice {
  const isList = Array.isArray(value);
  if (typeof value !== "string" && !isList) return undefined;
  const message = `expected fields (key: value), not ${isList ? "a list" : JSON.stringify(value)}`;
  const [, key, mark = "", effect] =
    /^([^=:\s]+)(=[^:\s]*)?:(\w+)$/.exec(isList ? "" : value) ?? [];
  if ((action === "taint" || action === "untaint") && key !== undefined) {
    const of = mark === "" || action === "untaint" ? "" : `, value: ${mark.slice(1)}`;
    return { message, hint: `write ${action}: { key: ${key}${of}, effect: ${effect} }` };
  }
  const hint = SHAPES[action];
  return { message, hint: `write ${action}: ${hint ?? "{ <parameters> }"}` };
}

const SHAPES: Readonly<Record<string, string>> = {
  alert: `{ to: <receiver>, summary: "'a text, or CEL'" }`,
  patch: "{ set: { spec.replicas: 3 }, remove: [spec.paused] }",
  label: "{ set: { team: data } }",
  annotate: "{ set: { example.com/note: a text } }",
  scale: "{ replicas: 3 }",
  restartRollout: "{}",
  deleteObject: "{}",
};
