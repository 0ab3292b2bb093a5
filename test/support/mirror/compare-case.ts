import type { KubernetesObject } from "../../../events/change.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { MirrorContext } from "../../../core/mirror/mirror-context.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import { NOTHING_COMPARED } from "../../../core/mirror/state/comparison.ts";
import { comparePart, type PartDeps } from "../../../functions/transfer/compare/compare-part.ts";
import type { Difference } from "../../../functions/transfer/compare/judge-orphan.ts";
import {
  formatCursor,
  parseCursor,
  toPart,
  type Cursor,
} from "../../../functions/transfer/compare/cursor.ts";
import { CONFIG_MAPS, SOURCE_CLUSTER, toContext } from "./mirror-case.ts";

/** The effects of a comparison of two lists. */
export type Comparison = {
  readonly cursor: Cursor;
  readonly asked: readonly Difference[];
  /** The names of the copies that do not say what they are copies of. */
  readonly unrecognized: readonly string[];
  /** The names of the copies that were to be deleted. */
  readonly removed: readonly string[];
};

/** The copy that Kubemend has made of an object, as the target answers. */
export function toCopy(source: KubernetesObject, context: MirrorContext): KubernetesObject {
  const desired = toDesired(source, context);
  if (!desired.ok) throw new Error(JSON.stringify(desired));
  const { metadata, ...body } = desired.value.manifest;
  const annotations = Object.keys(metadata.annotations ?? {}).map((name) => [`f:${name}`, {}]);
  const fieldsV1 = { "f:metadata": { "f:annotations": Object.fromEntries(annotations) } };
  const managedFields = [{ manager: "kubemend", operation: "Apply", fieldsV1 }];
  const uid = `copy-of-${source.metadata.uid}`;
  return { ...body, metadata: { ...metadata, uid, resourceVersion: "7", managedFields } };
}

const RUNS_MAX = 1_000;

/** Lists pages as an API server does, `pageOf` objects at a time. `onPage` hears of each page, and may refuse it. */
export function toLister(
  objects: readonly unknown[],
  pageOf: number | (() => number) = 250,
  onPage: (token: string | undefined) => void = () => undefined,
): KubernetesClient {
  const request = async ({ query }: Parameters<KubernetesClient["request"]>[0]) => {
    const token = query?.["continue"];
    onPage(token === undefined ? undefined : String(token));
    const at = Number(token ?? 0);
    const next = at + (typeof pageOf === "number" ? pageOf : pageOf());
    const metadata = next < objects.length ? { continue: String(next) } : {};
    return { metadata, items: objects.slice(at, next) };
  };
  return { request } as unknown as KubernetesClient;
}

/** Compares ConfigMaps with their copies, in as many runs as it takes. `isOver` ends a run. */
export async function compareLists(
  lists: { readonly source: KubernetesClient; readonly target: KubernetesClient },
  context: MirrorContext = toContext(),
  isOver: () => boolean = () => false,
  asksReported?: boolean,
): Promise<Comparison> {
  const { rule, mirror, installation } = context;
  const asked: Difference[] = [];
  const removed: string[] = [];
  const unrecognized: string[] = [];
  const target = { name: "backup-eu" };
  const work = { rule, mirror, rules: [], source: SOURCE_CLUSTER, target, installation };
  const common = { type: CONFIG_MAPS, namespace: "shop", selection: {} };
  const deps = {
    context: {
      work,
      versions: { read: CONFIG_MAPS, write: CONFIG_MAPS },
      catalog: { entries: [] },
      labels: new Map(),
    },
    sources: { ...common, client: lists.source },
    copies: { ...common, client: lists.target },
    ask: async (differences: readonly Difference[]) => void asked.push(...differences),
    remove: async (misplaced: readonly { readonly copy: KubernetesObject }[]) =>
      void removed.push(...misplaced.map(({ copy }) => copy.metadata.name)),
    noteUnrecognized: (copies: readonly KubernetesObject[]) =>
      void unrecognized.push(...copies.map(({ metadata }) => metadata.name)),
    isOver,
    asksReported,
  } as unknown as PartDeps;
  let cursor = toPart(0, NOTHING_COMPARED);
  for (let run = 1; !(cursor.source.isDone && cursor.target.isDone); run += 1) {
    if (run > RUNS_MAX) throw new Error(`no end after ${RUNS_MAX} runs: ${formatCursor(cursor)}`);
    const next = await comparePart(deps, cursor, new AbortController().signal);
    cursor = parseCursor(formatCursor(next));
  }
  return { cursor, asked, removed, unrecognized };
}
