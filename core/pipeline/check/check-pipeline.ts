import { isObject, readField, readList, readOwn } from "../../json/read-json.ts";
import { parseRule } from "../parse/parse-rule.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";
import { findActionFaults } from "./action-faults.ts";
import { findAlertFaults } from "./alert-faults.ts";
import { findDeadRules } from "./dead-rules.ts";
import { findDoubleWrites } from "./double-writes.ts";
import { findFieldSelectorFault, supportedFieldsOf } from "./parameters/field-selectors.ts";
import { findLiteralFaults } from "./literal-faults.ts";
import { findLabelSelectorFault } from "./parameters/selector-faults.ts";
import { findMirrorFaults } from "./mirror-faults.ts";
import { findMoveGrantFaults } from "./move-grant-faults.ts";
import { findPeriodFaults } from "./period-faults.ts";
import { findSourceFaults } from "./source-faults.ts";
import { findTimeFaults } from "./time-faults.ts";
import { findMoveFaults } from "./parameters/move-faults.ts";
import { findUnknownClusters } from "./parameters/unknown-clusters.ts";
import { findWaitFaults } from "./wait-faults.ts";
import { findVersionedResource } from "./parameters/versioned-resource.ts";

/** A rule that has no faults of its own, and its position in the file. */
export type PlacedRule = { readonly rule: Rule; readonly index: number };

/**
 * The faults of well-formed rules and watches that can never match, never act, or be refused by every API server. They need no schema
 * and no cluster. Functions do without these checks: a pipeline is packed for them only without such faults. Rules that are not
 * well-formed are left out, so that the faults of all others are found at the same time.
 */
export function findRuleFaults(document: unknown): readonly PipelineIssue[] {
  return [
    ...toResources(document).flatMap(({ resource, path }) => {
      const fault = findVersionedResource(resource);
      return fault === undefined ? [] : [{ path: [...path, "resource"], ...fault }];
    }),
    ...toResources(document).flatMap(({ resource, fieldSelector, path }) => {
      if (fieldSelector === undefined) return [];
      const supported = supportedFieldsOf(resource);
      const fault = findFieldSelectorFault({ resource, fieldSelector }, supported);
      return fault === undefined ? [] : [{ path: [...path, "fieldSelector"], ...fault }];
    }),
    ...toResources(document).flatMap(({ labelSelectors, path }) =>
      labelSelectors.flatMap(({ written, at }) => {
        const fault = findLabelSelectorFault(written);
        return fault === undefined ? [] : [{ path: [...path, ...at], ...fault }];
      }),
    ),
    ...findFaultsOf(toValidRules(document), document),
    ...findFaultsOf(toRulesWithoutOnce(document), document).filter(
      ({ path }) => path[2] !== "once",
    ),
    ...findMoveGrantFaults(document),
  ];
}

function findFaultsOf(rules: readonly PlacedRule[], document: unknown): readonly PipelineIssue[] {
  return [
    ...findUnknownClusters(document, rules),
    ...findSourceFaults(document, rules),
    ...findMoveFaults(document, rules),
    ...rules.flatMap(({ rule, index }) => [
      ...findActionFaults(rule, ["rules", index]),
      ...findAlertFaults(rule, ["rules", index]),
      ...findDoubleWrites(rule, ["rules", index]),
      ...findPeriodFaults(rule, ["rules", index]),
      ...findTimeFaults(rule, ["rules", index]),
      ...findWaitFaults(rule, ["rules", index]),
      ...findMirrorFaults(rule, document, index),
      ...findDeadRules(rule, ["rules", index]),
      ...findLiteralFaults(rule, ["rules", index]),
    ]),
  ];
}

/** The rules of a document that have no faults of their own. */
function toValidRules(document: unknown): readonly PlacedRule[] {
  return readList(readOwn(document, "rules")).flatMap((written, index) => {
    const rule = parseRule(written, ["rules", index]);
    return rule.ok ? [{ rule: rule.value, index }] : [];
  });
}

/** Any episode, in place of one that is to be written: faults of it are left out. */
const SOME_ONCE = { condition: "Ready" };

/** The rules whose only fault is that `once` is missing: their other faults are found at the same time, with some `once`. */
function toRulesWithoutOnce(document: unknown): readonly PlacedRule[] {
  return readList(readOwn(document, "rules")).flatMap((written, index) => {
    const path = ["rules", index];
    if (!isObject(written) || Object.hasOwn(written, "once")) return [];
    if (parseRule(written, path).ok) return [];
    const rule = parseRule({ ...written, once: SOME_ONCE }, path);
    return rule.ok ? [{ rule: rule.value, index }] : [];
  });
}

type NamedResource = {
  readonly resource: string;
  readonly fieldSelector: string | undefined;
  readonly labelSelectors: readonly { readonly written: string; readonly at: readonly string[] }[];
  readonly path: PipelineIssue["path"];
};

/** Those of the objects, and of their namespaces. An empty one is a fault of the schema. */
const LABEL_SELECTORS = [["labelSelector"], ["namespaces", "labelSelector"]];

/** Every resource that a document names, as written. */
function toResources(document: unknown): readonly NamedResource[] {
  const rules = readList(readOwn(document, "rules")).map((rule, index) => ({
    written: readOwn(rule, "on"),
    path: ["rules", index, "on"],
  }));
  const others = ["watch", "redact"].flatMap((key) =>
    readList(readOwn(document, key)).map((written, index) => ({ written, path: [key, index] })),
  );
  return [...rules, ...others].flatMap(({ written, path }) => {
    const resource = readOwn(written, "resource");
    const fieldSelector = readOwn(written, "fieldSelector");
    if (!isObject(written) || typeof resource !== "string") return [];
    return [
      {
        resource,
        fieldSelector: typeof fieldSelector === "string" ? fieldSelector.trim() : undefined,
        labelSelectors: LABEL_SELECTORS.flatMap((at) => {
          const selector = readField(written, ...at);
          return typeof selector === "string" && selector !== "" ? [{ written: selector, at }] : [];
        }),
        path,
      },
    ];
  });
}
