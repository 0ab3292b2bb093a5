import { isObject, readList, readOwn } from "../../json/read-json.ts";
import { suggestName } from "../../text/suggest.ts";
import { parseLabelSelector } from "../label-selector.ts";
import type { PipelineIssue } from "../pipeline.ts";
import { findLostKeys } from "../../json/find-lost-keys.ts";

/** Faults of `route` that the schema cannot find: unknown names, invalid selectors, and routes that no alert can reach. */
export function findRouteIssues(
  document: Readonly<Record<string, unknown>>,
): readonly PipelineIssue[] {
  const written = readOwn(document, "route");
  if (written === undefined) return [];
  const receivers = readOwn(document, "receivers");
  if (!isObject(receivers)) {
    const message = "a route needs receivers, by whose names it sends";
    return [{ path: ["route"], at: "key", message, hint: "write receivers, or remove route" }];
  }
  const rules = readList(document["rules"]).map((rule) => readOwn(rule, "id"));
  const routes = readList(written);
  return [
    ...findLostKeys(written, ["route"]),
    ...routes.flatMap((route, index) => [
      ...findUnknown(route, ["to"], Object.keys(receivers), "receiver").map(at(index)),
      ...findUnknown(route, ["when", "rule"], rules, "rule").map(at(index)),
      ...findSelectorIssue(route).map(at(index)),
    ]),
    ...findUnreachable(routes),
  ];
}

/** Whether the routes take every alert, so that an alert needs no `to`. */
export function takesEverything(document: Readonly<Record<string, unknown>>): boolean {
  return readList(document["route"]).some(isCatchAll);
}

function isCatchAll(route: unknown): boolean {
  const when = readOwn(route, "when");
  return isObject(route) && (when === undefined || (isObject(when) && isEmpty(when)));
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function at(index: number): (issue: PipelineIssue) => PipelineIssue {
  return (issue) => ({ ...issue, path: ["route", index, ...issue.path] });
}

function findUnknown(
  route: unknown,
  path: readonly string[],
  known: readonly unknown[],
  what: string,
): readonly PipelineIssue[] {
  const written = path.reduce<unknown>((value, key) => readOwn(value, key), route);
  const listed = Array.isArray(written);
  const names = known.filter((name) => typeof name === "string");
  return (listed ? readList(written) : [written]).flatMap((name, index) => {
    if (typeof name !== "string" || name === "" || names.includes(name)) return [];
    const near = suggestName(name, names);
    const message = `there is no ${what} with this name`;
    const all = names.length === 0 ? `there is no ${what}` : `${what}s: ${names.join(", ")}`;
    const hint = near === undefined ? all : `did you mean ${near}? ${all}`;
    return [{ path: listed ? [...path, index] : path, message, hint }];
  });
}

function findSelectorIssue(route: unknown): readonly PipelineIssue[] {
  const selector = readOwn(readOwn(route, "when"), "namespaceLabels");
  if (typeof selector !== "string" || selector === "") return [];
  const parsed = parseLabelSelector(selector.trim());
  return parsed.ok ? [] : [{ path: ["when", "namespaceLabels"], message: parsed.error }];
}

/** A route after one that takes everything. */
function findUnreachable(routes: readonly unknown[]): readonly PipelineIssue[] {
  const last = routes.findIndex(
    (route) => isCatchAll(route) && readOwn(route, "continue") !== true,
  );
  if (last === -1 || last === routes.length - 1) return [];
  const message = `is never asked, because route[${last}] takes every alert`;
  const hint = `write it before route[${last}], or continue: true there`;
  return [{ path: ["route", last + 1], message, hint }];
}
