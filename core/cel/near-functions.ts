import { suggestName } from "../text/suggest.ts";
import { listFunctions } from "./registry/registry.ts";

/** Names from other languages, and what they are in CEL. */
const FOREIGN: Readonly<Record<string, string>> = {
  length: "size",
  len: "size",
  count: "size",
  toLowerCase: "lowerAscii",
  tolower: "lowerAscii",
  lower: "lowerAscii",
  toUpperCase: "upperAscii",
  upper: "upperAscii",
  includes: "contains",
  has: "contains",
  hasPrefix: "startsWith",
  hasSuffix: "endsWith",
  match: "matches",
  test: "matches",
  any: "exists",
  some: "exists",
  every: "all",
  forEach: "all",
  substr: "substring",
  strip: "trim",
  str: "string",
  toString: "string",
  number: "double",
  float: "double",
  parseInt: "int",
  date: "timestamp",
  default: "orValue",
  getOrElse: "orValue",
};

/** The message for a function that does not exist, with those that were probably meant, or with all that there are. */
export function describeUnknownFunction(name: string, isMethod: boolean): string {
  const all = listFunctions();
  const methods = all.filter((one) => one.startsWith(".")).map((one) => one.slice(1));
  const functions = all.filter((one) => !one.startsWith("."));
  const own = isMethod ? methods : functions;
  const near = findNear(name, own);
  if (near.length > 0) return `unknown function ${name}: did you mean ${near.join(" or ")}?`;
  const other = (isMethod ? functions : methods).includes(name);
  if (other) {
    const right = isMethod ? `${name}(x)` : `x.${name}()`;
    return `unknown function ${name}: it is written ${right}`;
  }
  const kind = isMethod ? "methods" : "functions";
  return `unknown function ${name}: the ${kind} are ${[...new Set(own)].toSorted().join(", ")}`;
}

function findNear(name: string, known: readonly string[]): readonly string[] {
  const alike = suggestName(name, known);
  // One of ours is nearer than a misspelt name from elsewhere, but not than that name itself.
  const foreign = alike === undefined ? suggestName(name, Object.keys(FOREIGN)) : undefined;
  const meant = FOREIGN[Object.hasOwn(FOREIGN, name) ? name : (foreign ?? "")];
  if (meant !== undefined) return [meant];
  const longer = known.filter(
    (one) => name.length > 3 && one.toLowerCase().includes(name.toLowerCase()),
  );
  const found = alike === undefined ? longer : [alike, ...longer];
  return [...new Set(found)].slice(0, 3);
}
