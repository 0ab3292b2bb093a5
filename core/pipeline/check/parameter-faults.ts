import { isLabelValue, isQualifiedName } from "../../cel/library/formats.ts";
import { isObject, readField, readTextMap } from "../../json/read-json.ts";
import { parseChangePath } from "../../operations/change-path.ts";
import { parseQuantity } from "../../text/quantity.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import type { PlacedFault as Placed } from "./reach-faults.ts";

type Parameters = RuleAction["parameters"];

/** Parameters with which an action would never change anything, would always be refused, or would not do what they seem to say. */
export function findParameterFaults(
  { on }: Pick<Rule, "on">,
  { action, parameters }: RuleAction,
): readonly Placed[] {
  return [
    ...findForgottenCel(parameters, []),
    ...(CHECKS[action] ?? []).flatMap((check) => check(parameters, on.resource, action)),
  ];
}

type Check = (parameters: Parameters, resource: string, action: string) => readonly Placed[];

const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  patch: [
    findNothing(["set", "remove"]),
    findSetAndRemoved,
    findOverlaps,
    findWholeMaps,
    findOwnMarks,
    findSecretData,
  ],
  label: [findNothing(["set", "remove"]), findSetAndRemoved, findLabels],
  annotate: [findNothing(["set", "remove"]), findSetAndRemoved],
  setResources: [findNothing(["requests", "limits"]), findAmounts],
  scale: [findReplicas],
  taint: [findTaint],
  untaint: [findTaint],
  createJobFromCronJob: [findLabels, findAmounts],
};

/** The variables of an expression, with a field or an index of them. */
const EXPRESSION = /^(?:object|change|references|cluster)(?:\.[A-Za-z_]|\[)[^\s]*$/;
/** These are CEL anyway, or names. */
const NO_VALUES = new Set([
  "target",
  "targets",
  "cronJob",
  "summary",
  "title",
  "fields",
  "cel",
  "remove",
]);

/** A value that reads like CEL and would be written as text. */
function findForgottenCel(value: unknown, at: PipelineIssue["path"]): readonly Placed[] {
  if (typeof value === "string" && at.length > 0 && EXPRESSION.test(value)) {
    const message = `the text ${JSON.stringify(value)} itself would be written, not the value of the field`;
    return [{ at, message, hint: `write { cel: ${JSON.stringify(value)} }` }];
  }
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index): readonly [number, unknown] => [index, item])
    : isObject(value)
      ? Object.entries(value).filter(([key]) => !NO_VALUES.has(key))
      : [];
  return entries.flatMap(([key, item]) => findForgottenCel(item, [...at, key]));
}

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

function findLabels(parameters: Parameters): readonly Placed[] {
  return ["set", "labels"].flatMap((map) => {
    const written = parameters[map];
    if (!isObject(written)) return [];
    return Object.entries(written).flatMap(([key, value]) => {
      const fault = isQualifiedName(key)
        ? typeof value === "string" && !isLabelValue(value)
          ? `${JSON.stringify(value)} is not the value of a label: at most 63 letters, digits, "-", "_" and ".", and a letter or digit at both ends`
          : undefined
        : `${JSON.stringify(key)} is not the key of a label: a name such as team, or a domain and a name such as example.com/team`;
      return fault === undefined
        ? []
        : [{ at: [map, key], message: fault, hint: "the API server would refuse it" }];
    });
  });
}

function findTaint({ key, value }: Parameters): readonly Placed[] {
  const faults: Placed[] = [];
  const hint = "the API server would refuse it";
  if (typeof key === "string" && !isQualifiedName(key)) {
    faults.push({
      at: ["key"],
      message: `${JSON.stringify(key)} is not the key of a taint: a name such as maintenance, or example.com/maintenance`,
      hint,
    });
  }
  if (typeof value === "string" && !isLabelValue(value)) {
    faults.push({
      at: ["value"],
      message: `${JSON.stringify(value)} is not the value of a taint`,
      hint,
    });
  }
  return faults;
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
