import { setTimeout as sleep } from "node:timers/promises";
import { readLines } from "../../../adapters/kubernetes/http/byte-lines.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { MIRRORED, type MirrorStage } from "./stage.ts";

/** The time limit for the last copies. */
const PATIENCE_MS = 120_000;
const PARALLEL_CREATES = 16;
const TEXT = "x".repeat(1_000);

/** A change of a source on its way to its copy; ms since the epoch. */
export type MirrorPassage = {
  /** The time at which it was sent to the API server of the source. */
  readonly sentMs: number;
  /** The time at which a watch of the target showed it. */
  readonly appliedMs: number;
};

export function toConfigMapsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps`;
}

/** Objects as they are created, of 1 KB. */
export async function createSources(
  client: KubernetesClient,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  const rest = names.values();
  const work = async (): Promise<void> => {
    for (const name of rest) {
      const body = { metadata: { name }, data: { text: TEXT, step: "first" } };
      await client.request({ method: "POST", path: toConfigMapsPath(namespace), body });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CREATES }, work));
}

export async function changeSource(
  client: KubernetesClient,
  path: string,
  step: string,
): Promise<unknown> {
  const body = { data: { step } };
  const contentType = "application/merge-patch+json";
  return client.request({ method: "PATCH", path, contentType, body });
}

/** The copies in the target, as a watch shows them. */
export type Copies = AsyncDisposable & {
  /** The time at which a copy was seen with that step; ms since the epoch. */
  readonly find: (name: string, step: string) => number | undefined;
};

export function toSighting(name: string, step: string): string {
  return `${name} ${step}`;
}

/** Follows the copies from now on. */
export async function followCopies({ target }: MirrorStage): Promise<Copies> {
  const seen = new Map<string, number>();
  const stop = new AbortController();
  const path = toConfigMapsPath(MIRRORED);
  const { metadata } = await target.request<{ metadata: { resourceVersion: string } }>({
    method: "GET",
    path,
    query: { limit: 1 },
  });
  const following = follow(target, metadata.resourceVersion, seen, stop.signal);
  return {
    find: (name, step) => seen.get(toSighting(name, step)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}

async function follow(
  client: KubernetesClient,
  resourceVersion: string,
  seen: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { body } = await client.stream({
      method: "GET",
      path: toConfigMapsPath(MIRRORED),
      query: { watch: true, resourceVersion },
      signal,
    });
    for await (const line of readLines(body)) {
      const nowMs = Date.now();
      const { object } = JSON.parse(line) as {
        object: { metadata: { name: string }; data?: { step?: string } };
      };
      const sighting = toSighting(object.metadata.name, object.data?.step ?? "");
      if (!seen.has(sighting)) seen.set(sighting, nowMs);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Waits until each of these copies was seen with the step, or the time is up. */
export async function untilCopied(
  copies: Copies,
  names: readonly string[],
  step: string,
): Promise<void> {
  const lateMs = Date.now() + PATIENCE_MS;
  while (Date.now() < lateMs && names.some((name) => copies.find(name, step) === undefined)) {
    await sleep(50);
  }
}

/**
 * Changes each of these objects once, at an even pace by the clock, and measures how long it took until a watch of the target showed it.
 * A copy that does not come is not among the passages.
 */
export async function changeAll(
  stage: MirrorStage,
  load: { readonly names: readonly string[]; readonly perSecond: number; readonly step: string },
): Promise<readonly MirrorPassage[]> {
  const { names, perSecond, step } = load;
  await using copies = await followCopies(stage);
  const startMs = Date.now();
  const sent = new Map<string, number>();
  const under: Promise<unknown>[] = [];
  for (const [index, name] of names.entries()) {
    await sleep(Math.max(0, startMs + (index * 1000) / perSecond - Date.now()));
    sent.set(name, Date.now());
    under.push(changeSource(stage.source, `${toConfigMapsPath(MIRRORED)}/${name}`, step));
  }
  await Promise.all(under);
  await untilCopied(copies, names, step);
  return names.flatMap((name) => {
    const [sentMs, appliedMs] = [sent.get(name), copies.find(name, step)];
    return sentMs === undefined || appliedMs === undefined ? [] : [{ sentMs, appliedMs }];
  });
}
