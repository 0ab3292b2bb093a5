import { compileExpression } from "../../../cel/compile.ts";
import { parse } from "../../../cel/syntax/parse.ts";
import { toArguments, toConstantText, type Expr } from "../../../cel/syntax/tree.ts";
import { isObject, readField, readTextMap } from "../../../json/read-json.ts";
import { parseChangePath } from "../../../operations/change-path.ts";
import { parseQuantity } from "../../../text/quantity.ts";
import type { Rule, RuleAction } from "../../pipeline.ts";
import type { PlacedFault as Placed } from "./fault.ts";
import { findForgottenCel } from "./forgotten-cel.ts";
import { findForeignPaths } from "./path-faults.ts";
import { findAnnotations, findLabels, findTaint } from "./label-faults.ts";

type Parameters = RuleAction["parameters"];

/** Parameters with which an action would never change anything, would always be refused, or would not do what they seem to say. */
export function findParameterFaults(
  { on }: Pick<Rule, "on">,
  written: RuleAction,
): readonly Placed[] {
  const { action, parameters } = written;
  return [
    ...findForgottenCel(written),
    ...findForeignPaths(written),
    ...(CHECKS[action] ?? []).flatMap((check) => check(parameters, on.resource, action)),
  ];
}

type Check = (parameters: Parameters, resource: string, action: string) => readonly Placed[];

/** The parts of a copy that a mirror sets and removes. */
const MIRRORED = ["labels", "annotations", "fields"] as const;

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  patch: [
    findNothing(["set", "remove"]),
    findSetAndRemoved,
    findOverlaps,
    findWholeMaps,
    findOwnMarks,
    findSecretData,
  ],
  mirror: [findLabels, ...MIRRORED.map(findSetAndRemovedIn)],
  label: [findNothing(["set", "remove"]), findSetAndRemoved, findLabels],
  annotate: [findNothing(["set", "remove"]), findSetAndRemoved, findAnnotations],
  setResources: [findNothing(["requests", "limits"]), findAmounts],
  scale: [findReplicas],
  taint: [findTaint],
  untaint: [findTaint],
  createJobFromCronJob: [findLabels, findAmounts],
  createJob: [findLabels, findAnnotations, findAmounts],
  applyJob: [findLabels, findAnnotations, findAmounts],
  emitEvent: [findReason],
};

/** One field that is set and removed. */
function findSetAndRemoved({ set, remove }: Parameters): readonly Placed[] {
  if (!isObject(set) || !Array.isArray(remove)) return [];
  return Object.keys(set)
    .filter((key) => remove.includes(key))
    .map((key) => ({
      at: ["set", key],
      message: `${key} is set and removed`,
      hint: "write it in one of the two",
    }));
}

function findSetAndRemovedIn(key: string): Check {
  return (parameters) =>
    findSetAndRemoved((parameters[key] ?? {}) as Parameters).map((fault) => ({
      ...fault,
      at: [key, ...fault.at],
    }));
}

/** A field, and one inside it. */
function findOverlaps({ set }: Parameters): readonly Placed[] {
  if (!isObject(set)) return [];
  const paths = Object.keys(set);
  return paths.flatMap((path) => {
    const outer = paths.find((other) => path.startsWith(`${other}.`));
    const message = `${path} is a part of ${outer ?? ""}, which is set as a whole`;
    return outer === undefined
      ? []
      : [{ at: ["set", path], message, hint: "write one of the two" }];
  });
}

function findNothing(keys: readonly string[]): Check {
  return (parameters, _resource, action) => {
    const isEmpty = keys.every((key) => {
      const value = parameters[key];
      return (
        value === undefined ||
        (isObject(value) && Object.keys(value).length === 0) ||
        (Array.isArray(value) && value.length === 0)
      );
    });
    if (!isEmpty) return [];
    return [{ at: [], message: `${action} has nothing to do`, hint: `write ${keys.join(" or ")}` }];
  };
}

/** Replacing all of `spec` removes every field that is not written. */
function findWholeMaps({ set }: Parameters): readonly Placed[] {
  if (!isObject(set)) return [];
  return Object.entries(set).flatMap(([path, value]) => {
    if (path !== "spec" && path !== "spec.template" && path !== "spec.template.spec") return [];
    const inner = isObject(value) ? Object.keys(value).find((key) => key !== "cel") : undefined;
    if (inner === undefined) return [];
    const message = `all of ${path} would be replaced, and every field of it that is not written here removed`;
    return [{ at: ["set", path], message, hint: `write the path of the field: ${path}.${inner}` }];
  });
}

const OWN_MARK = /(?:^|[./[])kubemend\.dev\//;

function findOwnMarks({ set, remove }: Parameters): readonly Placed[] {
  const paths = [
    ...(isObject(set) ? Object.keys(set).map((path) => ["set", path] as const) : []),
    ...(Array.isArray(remove) ? remove.map((path, index) => ["remove", index, path] as const) : []),
  ];
  return paths.flatMap((place): readonly Placed[] => {
    const path: unknown = place.at(-1);
    if (typeof path !== "string") return [];
    const parsed = parseChangePath(path);
    const [, , key] = parsed.ok ? parsed.value : [];
    if (!OWN_MARK.test(typeof key === "string" ? key : path)) return [];
    const message = "keys of kubemend.dev say what Kubemend did, and are not for rules to change";
    return [{ at: place.slice(0, 2), message, hint: "use a key of your own" }];
  });
}

const SECRET_DATA = /^(?:data|stringData)(?:\.|\[|$)/;

function findSecretData({ set, remove, target }: Parameters, resource: string): readonly Placed[] {
  const of = isObject(target) ? target["resource"] : resource;
  if (of !== "secrets") return [];
  const found = [
    ...(isObject(set) ? Object.keys(set) : []),
    ...(Array.isArray(remove) ? remove : []),
  ].find((path) => typeof path === "string" && SECRET_DATA.test(path));
  if (found === undefined) return [];
  const message = "the data of a Secret never leaves the cluster, so no rule can change it";
  return [{ at: [], message, hint: "let a CronJob in the cluster do it: createJobFromCronJob" }];
}

/** The names of resources that Kubernetes itself has; others have a domain. */
const COMPUTE = /^(?:cpu|memory|ephemeral-storage|hugepages-\S+|[a-z0-9.-]+\/\S+)$/;

function findAmounts({ requests, limits }: Parameters): readonly Placed[] {
  const faults: Placed[] = [];
  for (const [map, amounts] of [
    ["requests", requests],
    ["limits", limits],
  ] as const) {
    if (!isObject(amounts)) continue;
    for (const name of Object.keys(amounts)) {
      if (COMPUTE.test(name)) continue;
      faults.push({
        at: [map, name],
        message: `${JSON.stringify(name)} is no resource of a container`,
        hint: "write cpu, memory, ephemeral-storage, or a resource with its domain",
      });
    }
  }
  const most = readTextMap(limits);
  for (const [name, text] of Object.entries(readTextMap(requests))) {
    const [request, limit] = [parseQuantity(text), parseQuantity(most[name] ?? "")];
    if (request === undefined || limit === undefined || request <= limit) continue;
    faults.push({
      at: ["requests", name],
      message: `the request ${text} is above the limit ${most[name] ?? ""}`,
      hint: "a request is at most its limit",
    });
  }
  return faults;
}

/** The API server counts replicas in 32 bits. */
const REPLICAS_MAX = 2 ** 31 - 1;

function findReplicas(parameters: Parameters): readonly Placed[] {
  const { replicas, min, max } = parameters;
  const [least, most] = [toNumber(min) ?? 0, toNumber(max) ?? REPLICAS_MAX];
  if (least > most) {
    return [
      { at: ["min"], message: `min ${least} is above max ${most}`, hint: "write a smaller min" },
    ];
  }
  for (const [key, value] of Object.entries({ replicas, min, max })) {
    if ((toNumber(value) ?? 0) <= REPLICAS_MAX) continue;
    return [
      {
        at: [key],
        message: `${key} is above ${REPLICAS_MAX}`,
        hint: "the API server would refuse it",
      },
    ];
  }
  const count = toNumber(replicas);
  if (count !== undefined && (count < least || count > most)) {
    return [
      {
        at: ["replicas"],
        message: `replicas ${count} is not between min ${least} and max ${most}`,
        hint: "leave min and max out, or write them around replicas",
      },
    ];
  }
  const by = toNumber(readField(replicas, "by"));
  if (by !== 0) return [];
  return [
    {
      at: ["replicas", "by"],
      message: "by: 0 changes nothing",
      hint: "write by how much: by: 1, or by: -1",
    },
  ];
}

function toNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** A text of an expression that no reason of an Event can contain. */
function findReason({ reason }: Parameters): readonly Placed[] {
  const cel = readField(reason, "cel");
  const wrong =
    typeof cel === "string" ? findTexts(cel).find((text) => /[^A-Za-z0-9]/.test(text)) : undefined;
  if (wrong === undefined) return [];
  return [
    {
      at: ["reason", "cel"],
      message: `the reason would contain ${JSON.stringify(wrong)}, and it is one word of letters and digits`,
      hint: "write one word such as BackupMissing, and what differs into message",
    },
  ];
}

/** The texts that an expression joins with +. */
function findTexts(source: string): readonly string[] {
  const collect = (expr: Expr): readonly string[] => {
    const sides = toArguments(expr, "+");
    const text = toConstantText(expr);
    return sides.length > 0 ? sides.flatMap(collect) : text === undefined ? [] : [text];
  };
  return compileExpression(source).ok ? collect(parse(source)) : [];
}
