import { isObject, readField, readList } from "../../../core/json/read-json.ts";

/** `the pods in shop for which object.status.phase == "Failed", if they are at most 200`. */
export function describeTargets(targets: unknown): string {
  const bound = `if they are at most ${String(readField(targets, "atMost"))}`;
  const select = readField(targets, "select");
  if (!isObject(select)) {
    const names = readList(readField(targets, "referrers")).map(String).join(" and ");
    return `the ${names} in the object's namespace whose Pod templates use the object, ${bound}`;
  }
  const own = readField(targets, "atMostPerNamespace");
  const each =
    own === undefined ? "" : `, and those of a namespace only if they are at most ${toText(own)}`;
  const { resource, namespace, labelSelector, fieldSelector, where } = select;
  const parts = [`the ${String(resource)}`, describePlace(namespace)];
  if (labelSelector !== undefined) parts.push(`with the labels ${toText(labelSelector)}`);
  if (fieldSelector !== undefined) parts.push(`with the fields ${toText(fieldSelector)}`);
  if (where !== undefined) parts.push(`for which ${toText(where)}`);
  return `${parts.filter((part) => part !== "").join(" ")}, ${bound}${each}`;
}

function describePlace(namespace: unknown): string {
  if (namespace === "*") return "in all namespaces";
  return namespace === undefined ? "beside the object" : `in ${toText(namespace)}`;
}

/** A text of the rule, or the expression that gives it. */
function toText(value: unknown): string {
  const cel = readField(value, "cel");
  return String(cel ?? value).trim();
}
