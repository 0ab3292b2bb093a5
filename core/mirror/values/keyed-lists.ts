import { readBoundedJson } from "../../../events/json.ts";
import { isObject } from "../../json/read-json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An element of a list of which Kubemend owns something: the values of its keys, and the owned fields as in fieldsV1. */
export type OwnedItem = { readonly key: Fields; readonly fields: unknown };

export type ListKind =
  /** Compared place by place: it is written as a whole. */
  | { readonly type: "whole" }
  /** Each value is owned by itself: the texts of those that Kubemend owns. */
  | { readonly type: "set"; readonly owned: readonly string[] }
  /** Each element is found by these of its fields. */
  | {
      readonly type: "map";
      readonly keys: readonly string[];
      readonly owned: readonly OwnedItem[];
    };

/** No kind of Kubernetes has more than three. */
const KEYS_MAX = 8;
const WHOLE: ListKind = { type: "whole" };

/** The kind of a list, as the fieldsV1 of what Kubemend owns of it shows: `k:{"name":"main"}` or `v:"a"`. Total on any JSON. */
export function toListKind(owned: unknown): ListKind {
  if (!isObject(owned)) return WHOLE;
  const names = Object.keys(owned);
  const values = names.filter((name) => name.startsWith("v:"));
  if (values.length > 0) {
    return {
      type: "set",
      owned: values.flatMap((name) => {
        const read = readBoundedJson(name.slice(2));
        return read.outcome === "read" ? [toText(read.value)] : [];
      }),
    };
  }
  const items = toOwnedItems(owned);
  const keys = Object.keys(items[0]?.key ?? {});
  if (keys.length === 0 || keys.length > KEYS_MAX) return WHOLE;
  return { type: "map", keys, owned: items };
}

/** The elements that are owned by their keys. Total on any JSON. */
export function toOwnedItems(owned: unknown): readonly OwnedItem[] {
  if (!isObject(owned)) return [];
  return Object.entries(owned).flatMap(([name, fields]) => {
    const read = name.startsWith("k:") ? readBoundedJson(name.slice(2)) : undefined;
    if (read?.outcome !== "read" || !isObject(read.value)) return [];
    return [{ key: read.value, fields }];
  });
}

/** Equal values of JSON have the same text; integers beyond 2^53 keep their digits. */
export function toText(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
