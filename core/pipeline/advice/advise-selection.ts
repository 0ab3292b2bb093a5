import { isObject } from "../../json/read-json.ts";
import { SYSTEM_NAMESPACES } from "../system-namespaces.ts";
import type { Advice, Situation } from "./advice.ts";

/** Selections that are written as in other tools: patterns of names, one name instead of a list, labels as fields. */
export function adviseSelection(situation: Situation): Advice {
  const { key, value } = situation;
  if (key === "labelSelector") return adviseLabels(value);
  if (key === "fieldSelector") return adviseFields(value);
  if (key === "namespaces" && situation.issue.path[0] === "moves") return adviseMoved(value);
  if (key === "namespaces" || key === "reach") return adviseNamespaces(key, value);
  if (key === "on" && typeof value === "string") {
    return { hint: `write on: { resource: ${value} }` };
  }
  return undefined;
}

const BY_LABEL = 'or select namespaces by their labels: namespaces: { labelSelector: "team=data" }';

function toAllBut(name: string): string {
  const way = `write namespaces: { labelSelector: "kubernetes.io/metadata.name notin (${name})" }`;
  if (!SYSTEM_NAMESPACES.includes(name)) return way;
  return `leave namespaces out, because no rule acts in ${name} that does not name it; if it is not to be watched, either, ${way}`;
}

function adviseNamespaces(key: string, value: unknown): Advice {
  if (isObject(value)) {
    const labels = toSelector(value["matchLabels"] ?? value);
    const isSelector = Object.hasOwn(value, "labelSelector") || labels === undefined;
    return isSelector ? undefined : { hint: `write { labelSelector: "${labels}" }` };
  }
  // It is right; the fault is that something else is missing.
  if (typeof value !== "string" || (key === "reach" && value === "cluster")) return undefined;
  if (value === "*" || value.toLowerCase() === "all") {
    return key === "reach"
      ? { hint: "write reach: cluster" }
      : {
          message: `${JSON.stringify(value)} is no namespace`,
          hint: "leave namespaces out to watch all",
        };
  }
  if (value.startsWith("!")) {
    const name = value.slice(1).trim();
    return {
      message: `${JSON.stringify(value)} is no namespace, and none is excluded in this way`,
      hint: key === "reach" ? "name each namespace" : toAllBut(name),
    };
  }
  if (/[*?[\]^$|]/.test(value)) {
    return {
      message: `${JSON.stringify(value)} is a pattern, and namespaces are named one by one`,
      hint: key === "reach" ? "name each namespace" : `name each, ${BY_LABEL}`,
    };
  }
  return /^[a-z0-9][-a-z0-9]*$/.test(value) ? { hint: `write ${key}: [${value}]` } : undefined;
}

/** The namespaces of an entry of `moves` are always names. */
function adviseMoved(value: unknown): Advice {
  const hint = "name each namespace, or leave namespaces out to move from all of them";
  if (isObject(value)) return { hint };
  if (typeof value !== "string") return undefined;
  if (/^[a-z0-9][-a-z0-9]*$/.test(value)) return { hint: `write namespaces: [${value}]` };
  return { message: `${JSON.stringify(value)} is no name of a namespace`, hint };
}

function adviseLabels(value: unknown): Advice {
  if (!isObject(value)) return undefined;
  const labels = toSelector(value["matchLabels"] ?? value);
  return {
    hint:
      labels === undefined
        ? 'write it as kubectl does: "app=x,tier in (a, b)"'
        : `write "${labels}"`,
  };
}

function adviseFields(value: unknown): Advice {
  if (!isObject(value)) return undefined;
  const fields = toSelector(value["matchFields"] ?? value);
  return { hint: `write "${fields ?? "metadata.name=x"}"` };
}

/** `{app: x}` as `app=x`; undefined if a value is no plain one. */
function toSelector(labels: unknown): string | undefined {
  if (!isObject(labels)) return undefined;
  const entries = Object.entries(labels);
  const isPlain = entries.every(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  if (!isPlain || entries.length === 0) return undefined;
  return entries.map(([label, value]) => `${label}=${String(value)}`).join(",");
}
