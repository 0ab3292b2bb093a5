import type { LeftReference } from "../../../events/moves/move.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import { findLinks, type Members } from "./left-references.ts";
import { findPodSelectors, type MovedPods, type PodSelector } from "./pod-selectors.ts";

/** An object that stays, as far as it may refer to what moves. */
export type StayingObject = {
  /** `Service shop/web` */
  readonly name: string;
  readonly namespace: string | null;
  /** Its references to objects that move. */
  readonly references: readonly LeftReference[];
  readonly selectors: readonly PodSelector[];
};

/** Resources whose objects hold data, or that a controller writes by what it sees. */
const WITHOUT_REFERENCES: ReadonlySet<string> = new Set([
  "configmaps",
  "secrets",
  "endpoints",
  "namespaces",
  "nodes",
  "controllerrevisions.apps",
  "customresourcedefinitions.apiextensions.k8s.io",
  "leases.coordination.k8s.io",
]);

/** Whether objects of a resource are looked at. */
export function mayRefer(resource: string): boolean {
  return !WITHOUT_REFERENCES.has(resource) && !resource.endsWith(`.${RECORD_GROUP}`);
}

/** The part of an object that stays which is kept until all Pods that move are known. Total on any JSON. */
export function toStaying(
  object: unknown,
  {
    name,
    namespace,
    resource,
  }: { readonly name: string; readonly namespace: string | null; readonly resource: string },
  members: Members,
): StayingObject {
  const references = findLinks(object).flatMap((link): readonly LeftReference[] => {
    const refersTo = members.find(link, namespace);
    return refersTo === undefined ? [] : [{ object: name, field: link.field, refersTo }];
  });
  return { name, namespace, references, selectors: findPodSelectors(object, resource) };
}

/** The references of objects that stay to objects that move: by name, and by the labels of Pods. */
export function findReferrers(
  staying: readonly StayingObject[],
  pods: readonly MovedPods[],
): readonly LeftReference[] {
  const found = staying.flatMap(({ name, namespace, references, selectors }) => [
    ...references,
    ...selectors.flatMap(({ field, matches }): readonly LeftReference[] => {
      const selected = pods.filter((one) => one.namespace === namespace && matches(one.labels));
      const [first] = selected;
      if (first === undefined) return [];
      const rest = selected.length === 1 ? "" : ` and ${selected.length - 1} more`;
      return [{ object: name, field, refersTo: `the Pods of ${first.name}${rest}` }];
    }),
  ]);
  return found.toSorted((one, other) => compare(toText(one), toText(other)));
}

function toText({ object, field }: LeftReference): string {
  return `${object} ${field}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
