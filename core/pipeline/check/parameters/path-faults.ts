import { isObject, readField } from "../../../json/read-json.ts";
import { parseChangePath } from "../../../operations/change-path.ts";
import type { RuleAction } from "../../pipeline.ts";
import type { PlacedFault } from "./fault.ts";

/** Paths of fields in the notation of JSON Pointer or JSONPath: they can be read, as the name of one field. */
export function findForeignPaths({ action, parameters }: RuleAction): readonly PlacedFault[] {
  const at = AT[action];
  if (at === undefined) return [];
  const set = readField(parameters, ...at, "set");
  const remove = readField(parameters, ...at, "remove");
  return [
    ...(isObject(set) ? Object.keys(set) : []).flatMap((path) =>
      toFault(path, [...at, "set", path]),
    ),
    ...(Array.isArray(remove) ? remove : []).flatMap((path, index) =>
      toFault(String(path), [...at, "remove", index]),
    ),
  ];
}

/** The actions whose parameters are paths, and the parameter that holds them. */
const AT: Readonly<Record<string, readonly string[]>> = { patch: [], mirror: ["fields"] };

function toFault(path: string, at: PlacedFault["at"]): readonly PlacedFault[] {
  const notation = path.startsWith("/")
    ? "a JSON Pointer"
    : /^[$@{]/.test(path)
      ? "JSONPath"
      : undefined;
  if (notation === undefined) return [];
  const message = `${path} is ${notation}, and would be the name of one field here`;
  return [{ at, message, hint: toHint(path) }];
}

function toHint(path: string): string {
  const steps = path.startsWith("/")
    ? path.slice(1).split("/")
    : path.replaceAll(/^\{?[$@]?\.?|\}$/g, "").split(".");
  const isPlain = steps.every((step) => /^[A-Za-z_][-\w]*$/.test(step));
  const meant = steps.join(".");
  return isPlain && parseChangePath(meant).ok
    ? `write ${meant}`
    : 'write it like spec.template.spec.containers[name=main].image; a key with other characters as data["tls.key"]';
}
