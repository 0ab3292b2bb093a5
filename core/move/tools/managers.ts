import { readField, readTextMap } from "../../json/read-json.ts";
import { nameObject, type SetObject } from "../set-object.ts";

/** Labels and annotations by which a tool knows the objects that it has made from a repository or a chart. */
const MARKS: Readonly<Record<string, string>> = {
  "argocd.argoproj.io/tracking-id": "Argo CD",
  "argocd.argoproj.io/instance": "Argo CD",
  "kustomize.toolkit.fluxcd.io/name": "Flux",
  "helm.toolkit.fluxcd.io/name": "Flux",
  "meta.helm.sh/release-name": "Helm",
  "configsync.gke.io/resource-id": "Config Sync",
  "objectset.rio.cattle.io/id": "Fleet",
  "kapp.k14s.io/app": "kapp",
};

/** The mark by which a tool knows an object; undefined if no known one does. Total on any JSON. */
export function readManagerMark(item: unknown): string | undefined {
  const maps = ["annotations", "labels"].map((key) =>
    readTextMap(readField(item, "metadata", key)),
  );
  return Object.keys(MARKS).find((mark) => maps.some((map) => Object.hasOwn(map, mark)));
}

/** A tool with objects that move. */
export type Manager = {
  readonly name: string;
  readonly mark: string;
  readonly count: number;
  /** `Deployment shop/web`: one of them. */
  readonly first: string;
};

/** The tools that have made objects that move. */
export function findManagers(members: readonly SetObject[]): readonly Manager[] {
  return Object.entries(MARKS).flatMap(([mark, name]) => {
    const marked = members.filter(({ managerMark }) => managerMark === mark);
    const [first] = marked;
    if (first === undefined) return [];
    return [{ name, mark, count: marked.length, first: nameObject(first) }];
  });
}
