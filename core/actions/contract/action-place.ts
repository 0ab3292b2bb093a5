import { isObject, readField } from "../../json/read-json.ts";

import type { TargetKinds } from "./action.ts";

const CRON_JOBS = "cronjobs.batch";

/** Where the objects are that an action acts upon, as far as its parameters say. */
export type ActionPlace =
  /** The trigger itself, and what is beside it in its namespace. */
  | { readonly type: "trigger" }
  /** One object; without a namespace in that of the trigger. */
  | {
      readonly type: "named";
      readonly namespace: string | undefined;
      readonly name: string;
      /** Of the object; undefined if there is none such. */
      readonly resource: string | undefined;
    }
  /** Objects of one namespace that are found when it acts. */
  | { readonly type: "namespace"; readonly namespace: string }
  /** Whatever the trigger refers to, as far as the rule reaches. */
  | { readonly type: "reach" };

/** Total: also for parameters with faults. `kinds` are those that the action can change. */
export function findActionPlace(
  parameters: unknown,
  kinds: TargetKinds["kinds"] = {},
): ActionPlace {
  const targets = readField(parameters, "targets");
  if (targets !== undefined) return toTargetsPlace(readField(targets, "select", "namespace"));
  const job = readField(parameters, "job");
  const jobNamespace = readField(job, "metadata", "namespace");
  if (typeof jobNamespace === "string") return { type: "namespace", namespace: jobNamespace };
  const target = readField(parameters, "target") ?? readField(parameters, "cronJob");
  if (target === "owner") return { type: "trigger" };
  if (!isObject(target)) return { type: "trigger" };
  const { name, namespace } = target;
  if (typeof name !== "string") {
    return Object.hasOwn(target, "relation") ? { type: "reach" } : { type: "trigger" };
  }
  const known = readField(parameters, "target") === undefined ? CRON_JOBS : Object.keys(kinds)[0];
  const resource = toText(target["resource"]) ?? known;
  return { type: "named", name, namespace: toText(namespace), resource };
}

function toTargetsPlace(namespace: unknown): ActionPlace {
  if (namespace === undefined) return { type: "trigger" };
  const isFixed = typeof namespace === "string" && namespace !== "*";
  return isFixed ? { type: "namespace", namespace } : { type: "reach" };
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
