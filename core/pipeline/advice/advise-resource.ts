import { isVersionName } from "../../references/api-version.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { toAsciiLower } from "../../text/ascii.ts";
import type { Advice, Situation } from "./advice.ts";
import { SHORT_NAMES } from "./short-names.ts";

const FORM =
  "a resource is named <plural>.<group>, without a version; core resources have no group";

/** A resource that is named as in kubectl or in manifests: by a short name, a kind, a singular, with its version or with slashes. */
export function adviseResource({ key, value }: Situation): Advice {
  if ((key !== "resource" && key !== "referrers") || typeof value !== "string") return undefined;
  if (value === "*" || value.toLowerCase() === "all") {
    return { message: "a rule watches one resource", hint: "write a rule for each resource" };
  }
  const read = readName(value.trim());
  if (read === undefined) return undefined;
  const [, group, version = ""] = /^([^/]*)\/([^/]+)$/.exec(value) ?? [];
  if (group !== undefined && isVersionName(version) && builtinCatalog().groups.has(group)) {
    const some = builtinCatalog().entries.filter((entry) => entry.group === group);
    const names = [...new Set(some.map(toResourceName))].slice(0, 8);
    return {
      message: `${JSON.stringify(value)} is an apiVersion, and not a resource`,
      hint: `name the resource, such as ${names.join(", ")}`,
    };
  }
  const entry = findMeant(read);
  if (entry !== undefined) {
    const right = toResourceName(entry);
    if (right === value) return undefined;
    const message = `${JSON.stringify(value)} ${describe(read, entry)}`;
    return { message, hint: `did you mean ${right}? ${FORM}` };
  }
  return adviseCustom(value, read);
}

type ReadName = {
  readonly name: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
};

/** Reads `jobs.v1.batch`, `apps/v1/deployments`, `deployments.apps/v1`, `/apis/apps/v1/deployments`, `CronJob`. */
function readName(written: string): ReadName | undefined {
  if (written === "" || written.length > 128 || /\s/.test(written)) return undefined;
  const slashed = written.replace(/^\/?apis?\//, "").split("/");
  if (slashed.length === 1) return readDotted(written);
  const [first = "", second = "", third] = slashed;
  if (slashed.length > 3) return undefined;
  if (third !== undefined) return { name: third, group: first, version: second };
  if (isVersionName(first)) return { name: second, group: "", version: first };
  if (isVersionName(second)) return { ...readDotted(first), version: second };
  // `apps/deployments`, or a subresource such as `deployments.apps/scale`.
  const isGroup = builtinCatalog().groups.has(first) || first.endsWith(".io");
  return isGroup ? { name: second, group: first } : readDotted(first);
}

function readDotted(written: string): ReadName {
  const [name = "", ...rest] = written.split(".");
  if (rest.length === 0) return { name };
  const [version = "", ...group] = rest;
  return isVersionName(version)
    ? { name, version, group: group.join(".") }
    : { name, group: rest.join(".") };
}

/** The one built-in resource that has this name, in whatever form. */
function findMeant({ name, group }: ReadName): CatalogEntry | undefined {
  const folded = toAsciiLower(name);
  const short = Object.hasOwn(SHORT_NAMES, folded) ? SHORT_NAMES[folded] : undefined;
  const found = builtinCatalog().entries.filter((entry) => {
    if (group !== undefined && entry.group !== group) return false;
    if (short !== undefined && toResourceName(entry) === short) return true;
    return entry.resource === folded || toAsciiLower(entry.kind) === folded;
  });
  const names = new Set(found.map(toResourceName));
  // Events are in core and in events.k8s.io: the core ones are what people mean.
  const [first] = found.toSorted((a, b) => a.group.length - b.group.length);
  return names.size <= 1 || first?.kind === "Event" ? first : undefined;
}

function describe({ name, version, group }: ReadName, entry: CatalogEntry): string {
  if (version !== undefined) return "names a version";
  const folded = toAsciiLower(name);
  if (Object.hasOwn(SHORT_NAMES, folded)) return "is a short name";
  if (folded === toAsciiLower(entry.kind)) return `is a kind, not a resource`;
  return group === undefined && entry.group !== "" ? "has no group" : "is not a resource name";
}

/** A resource that is not built in: its plural cannot be known. */
function adviseCustom(value: string, { name, group, version }: ReadName): Advice {
  if (group === undefined || !group.includes(".")) return undefined;
  const plural = toAsciiLower(name);
  const right = `${plural}${plural === name || plural.endsWith("s") ? "" : "s"}.${group}`;
  if (right === value) return undefined;
  const what = version === undefined ? "is not a resource name" : "names a version";
  return { message: `${JSON.stringify(value)} ${what}`, hint: `did you mean ${right}? ${FORM}` };
}
