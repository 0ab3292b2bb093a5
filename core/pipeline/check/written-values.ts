import type { ValueType } from "../../cel/types/value-type.ts";
import { isObject, readField, readList, readOwn } from "../../json/read-json.ts";
import { parseChangePath } from "../../operations/change-path.ts";
import type { ChangePath } from "../../operations/operation.ts";
import type { FindType } from "../../schemas/builtin-types.ts";
import { suggestName } from "../../text/suggest.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import { toActed } from "./acted-resources.ts";
import type { PlacedFault } from "./parameters/fault.ts";
import { findValueFaults } from "./parameters/value-faults.ts";

/** The faults of objects and fields that a rule writes, by the schemas of their resources: Jobs, and what `patch` and `mirror` set and remove. */
export function findWrittenFaults(
  rule: Rule,
  path: PipelineIssue["path"],
  findType: FindType,
): readonly PipelineIssue[] {
  return (["then", "onFailure"] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap((written, index) => {
      const { action, parameters } = written;
      const found =
        action === "createJob" || action === "applyJob"
          ? findJobFaults(parameters["job"], findType("jobs.batch"))
          : action === "patch"
            ? findPatchFaults(written, rule.on.resource, findType)
            : action === "mirror"
              ? findMirroredFaults(parameters, findType(rule.on.resource))
              : [];
      return found.map(({ at, ...fault }) => ({
        path: [...path, list, index, action, ...at],
        ...fault,
      }));
    }),
  );
}

const POD = ["spec", "template", "spec"];

function findJobFaults(job: unknown, type: ValueType | undefined): readonly PlacedFault[] {
  const spec = readField(job, ...POD);
  return [
    ...(type === undefined ? [] : findValueFaults(type, job, ["job"])),
    ...["containers", "initContainers"].flatMap((list) =>
      readList(readOwn(spec, list)).flatMap((container, index) =>
        findContainerFaults(container, spec, ["job", ...POD, list, index]),
      ),
    ),
  ];
}

/** What the API server checks beyond the schema of a container. */
function findContainerFaults(
  container: unknown,
  spec: unknown,
  at: PlacedFault["at"],
): readonly PlacedFault[] {
  const names = readList(readOwn(spec, "volumes")).map((volume) => readOwn(volume, "name"));
  const faults = readList(readOwn(container, "volumeMounts")).flatMap((mount, index) => {
    const name = readOwn(mount, "name");
    if (typeof name !== "string" || names.includes(name)) return [];
    const message = `the Pod has no volume ${name}`;
    const known = names.filter((one) => typeof one === "string");
    const hint = known.length === 0 ? "write it below volumes" : `there are: ${known.join(", ")}`;
    return [{ at: [...at, "volumeMounts", index, "name"], message, hint }];
  });
  if (readOwn(container, "image") !== undefined) return faults;
  return [
    ...faults,
    { at, message: "image is missing", hint: "write image: <registry>/<name>:<tag>" },
  ];
}

/** A fault counts if it is one for each resource that the target may be of. */
function findPatchFaults(
  written: RuleAction,
  on: string,
  findType: FindType,
): readonly PlacedFault[] {
  const { set, remove } = written.parameters;
  const types = toActed(written, on).map(findType);
  if (types.length === 0 || types.includes(undefined)) return [];
  const [first = [], ...others] = types.map((type) => findChangeFaults(type, { set, remove }, []));
  return first.filter((fault) =>
    others.every((faults) => faults.some((one) => isSamePlace(one, fault))),
  );
}

/** The faults of the fields in which copies differ from their sources. */
function findMirroredFaults(
  parameters: RuleAction["parameters"],
  type: ValueType | undefined,
): readonly PlacedFault[] {
  const fields = parameters["fields"];
  const changes = { set: readOwn(fields, "set"), remove: readOwn(fields, "remove") };
  return findChangeFaults(type, changes, ["fields"]);
}

function findChangeFaults(
  type: ValueType | undefined,
  { set, remove }: { readonly set: unknown; readonly remove: unknown },
  at: PlacedFault["at"],
): readonly PlacedFault[] {
  return [
    ...(isObject(set) ? Object.entries(set) : []).flatMap(([path, value]) =>
      findPathFaults(type, path, value, [...at, "set", path]),
    ),
    ...readList(remove).flatMap((path, index) =>
      findPathFaults(type, String(path), undefined, [...at, "remove", index]),
    ),
  ];
}

function isSamePlace(a: PlacedFault, b: PlacedFault): boolean {
  return JSON.stringify(a.at) === JSON.stringify(b.at);
}

/** `value` undefined: only the path is looked at. */
function findPathFaults(
  root: ValueType | undefined,
  text: string,
  value: unknown,
  at: PlacedFault["at"],
): readonly PlacedFault[] {
  const path = parseChangePath(text);
  if (root === undefined || !path.ok) return [];
  const found = follow(root, path.value);
  if ("missing" in found) {
    const { missing, type } = found;
    const keys = type.type === "fields" ? type.keys : [];
    const near = suggestName(missing, keys);
    const hint = near === undefined ? `there are: ${keys.join(", ")}` : `did you mean ${near}?`;
    return [
      {
        at,
        message: `${type.type === "fields" ? type.name : text} has no field ${missing}, and the API server would refuse it`,
        hint,
      },
    ];
  }
  return value === undefined ? [] : findValueFaults(found.type, value, at);
}

type Followed =
  | { readonly type: ValueType }
  | { readonly missing: string; readonly type: ValueType };

function follow(root: ValueType, path: ChangePath): Followed {
  let type = root;
  for (const step of path) {
    if (type.type === "any") return { type };
    if (typeof step !== "string") {
      if (type.type !== "list") return { type: { type: "any" } };
      type = type.items;
      continue;
    }
    if (type.type === "map") {
      type = type.values;
      continue;
    }
    // An element of a list needs a selector, which the executor asks for.
    if (type.type !== "fields") return { type: { type: "any" } };
    const next = type.find(step);
    if (next === undefined) return type.open ? { type: { type: "any" } } : { missing: step, type };
    type = next;
  }
  return { type };
}
