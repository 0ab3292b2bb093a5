import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { OpenCluster } from "../../../adapters/clusters/open-clusters.ts";
import { createMoveStore, type MoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { readField } from "../../../core/json/read-json.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import type { Move, MoveSpec } from "../../../events/moves/move.ts";
import { RECORD_API_VERSION } from "../../../events/remediation.ts";
import type { MoveRunDeps } from "../../../functions/transfer/move/run/open-move.ts";
import { runMove, type MoveSlice } from "../../../functions/transfer/move/run-move.ts";
import { FakeCluster, type FakeObject } from "./fake-cluster.ts";

const NAMESPACE = "/apis/x.io/v1/namespaces/shop";
const MOVE_PATH = `/apis/${RECORD_API_VERSION}/namespaces/kubemend/moves/m`;
const KINDS = { tops: "Top", middles: "Middle", leafs: "Leaf" } as const;
/** More looks than any move of three objects needs. */
const MOST_LOOKS = 60;

const catalog = createCatalog(
  Object.entries(KINDS).map(([resource, kind]) => ({
    group: "x.io",
    version: "v1",
    kind,
    resource,
    namespaced: true,
    preferred: true,
    // The definition of Leafs has no subresource for the status.
    ...(kind === "Leaf" ? { hasPlainStatus: true as const } : {}),
  })),
  "discovery",
);

const SPEC: MoveSpec = {
  target: { cluster: "target" },
  select: [{ resource: "tops.x.io", namespace: "shop", name: "a", withOwned: true }],
  pause: [{ resource: "tops.x.io", field: "spec.paused" }],
  removeFinalizers: ["x.io/hold"],
};

export type Side = "source" | "target";
export type MemoryPath = `${keyof typeof KINDS}/${string}`;

/** An object to store, whose owners are given as they are in the cluster. */
type MemoryObject = {
  readonly metadata: {
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly FakeObject[];
  };
  readonly spec?: object;
  readonly status?: object;
};

/** A hook around each request, in the order in which they are sent. */
export type Around = <T>(send: () => Promise<T>, sent: Sent) => Promise<T>;
export type Sent = {
  readonly side: Side;
  readonly method: string;
  readonly path: string;
  /** Sent with `dryRun=All`. */
  readonly isDryRun: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** A Top that owns a Middle that owns a Leaf, in the source of two clusters in memory, and a Move of all three. */
export class MemoryWorld {
  readonly source: FakeCluster = new FakeCluster("source");
  readonly target: FakeCluster = new FakeCluster("target");
  nowMs: number = Date.now();
  around: Around = (send) => send();

  constructor() {
    this.target.put("/api/v1/namespaces/shop", { metadata: {} });
    const finalizers = ["x.io/hold"];
    const top = this.add("source", "tops/a", { metadata: { finalizers }, spec: { size: 3 } });
    const middle = this.add("source", "middles/b", { metadata: { ownerReferences: [top] } });
    this.add("source", "leafs/c", { metadata: { finalizers, ownerReferences: [middle] } });
  }

  /** Stores a new object. */
  add(side: Side, path: MemoryPath, { metadata, ...body }: MemoryObject): FakeObject {
    const kind = KINDS[path.split("/")[0] as keyof typeof KINDS];
    const owners = metadata.ownerReferences?.map((owner) => ({
      apiVersion: "x.io/v1",
      kind: String(owner["kind"]),
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      controller: true,
    }));
    const rest = owners === undefined ? {} : { ownerReferences: owners };
    return this[side].put(`${NAMESPACE}/${path}`, {
      apiVersion: "x.io/v1",
      kind,
      ...body,
      metadata: { ...metadata, ...rest },
    });
  }

  get(side: Side, path: MemoryPath): FakeObject | undefined {
    return this[side].objects.get(`${NAMESPACE}/${path}`);
  }

  /** Changes an object as somebody else would, if it is there. */
  async patch(side: Side, path: MemoryPath, body: object): Promise<void> {
    await this.#foreign(side, "PATCH", path, body);
  }

  async delete(side: Side, path: MemoryPath): Promise<void> {
    await this.#foreign(side, "DELETE", path, {});
  }

  /** Takes the finalizers off what is being deleted, as its controller does. */
  async release(side: Side, path: MemoryPath): Promise<void> {
    if (this.get(side, path)?.metadata.deletionTimestamp === undefined) return;
    await this.patch(side, path, { metadata: { finalizers: [] } });
  }

  /** Removes an object with its finalizers, at once. */
  remove(side: Side, path: MemoryPath): void {
    this[side].objects.delete(`${NAMESPACE}/${path}`);
  }

  /** Deletes what is left without any of its owners, as the garbage collector of each cluster does. */
  async collectGarbage(): Promise<void> {
    for (const side of ["source", "target"] as const) {
      const uids = new Set([...this[side].objects.values()].map(({ metadata }) => metadata.uid));
      for (const path of this.names(side)) {
        const { ownerReferences = [], deletionTimestamp } = this.get(side, path)?.metadata ?? {};
        const isLeft =
          ownerReferences.length > 0 && !ownerReferences.some(({ uid }) => uids.has(uid));
        if (isLeft && deletionTimestamp === undefined) await this.delete(side, path);
      }
    }
  }

  names(side: Side): readonly MemoryPath[] {
    return [...this[side].objects.keys()]
      .filter((path) => path.startsWith(NAMESPACE))
      .map((path) => path.slice(NAMESPACE.length + 1) as MemoryPath);
  }

  readonly store = (): MoveStore =>
    createMoveStore({ client: this.#toClient("source"), namespace: "kubemend" });

  begin(spec: Partial<MoveSpec> = {}): Promise<Move> {
    return this.store().create("m", { ...SPEC, ...spec }, this.#signal);
  }

  abort(): Promise<void> {
    return this.patchMove({ spec: { abort: true } });
  }

  async patchMove(body: object): Promise<void> {
    const contentType = "application/merge-patch+json";
    await this.source.client.request({ method: "PATCH", path: MOVE_PATH, contentType, body });
  }

  removeMove(): void {
    this.source.objects.delete(MOVE_PATH);
  }

  /** One run of the move, until it waits or has ended. */
  look(): Promise<MoveSlice> {
    return runMove(this.toDeps(), "m", this.#signal);
  }

  /** The parts that a run of the move is given. */
  toDeps(): MoveRunDeps {
    const sides = { source: this.toSide("source"), target: this.toSide("target") };
    return { sides, store: this.store(), now: () => this.nowMs };
  }

  /** A cluster, connected. */
  toSide(name: Side): OpenCluster {
    return {
      name,
      uid: `uid-of-${name}`,
      client: this.#toClient(name),
      discovery: { catalog: async () => catalog, refresh: async () => catalog },
    };
  }

  /** Runs it until it has ended or has a problem. */
  async follow(): Promise<MoveSlice> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const slice = await this.look();
      if (slice.outcome !== "waits") return slice;
    }
    return this.look();
  }

  readonly #signal: AbortSignal = new AbortController().signal;

  #toClient(side: Side): KubernetesClient {
    const { client } = this[side];
    return {
      ...client,
      server: "",
      request: <T>(request: Parameters<KubernetesClient["request"]>[0]) =>
        this.around(() => client.request<T>(request), {
          side,
          method: request.method,
          path: request.path,
          isDryRun:
            request.query?.["dryRun"] === "All" || readField(request.body, "dryRun") !== undefined,
          signal: request.signal,
        }),
    };
  }

  async #foreign(side: Side, method: "PATCH" | "DELETE", path: MemoryPath, body: object) {
    if (this.get(side, path) === undefined) return;
    const contentType = "application/merge-patch+json";
    const at = `${NAMESPACE}/${path}`;
    const { client, violations, writes } = this[side];
    const noted = [violations, writes].map((list) => ({ list, length: list.length }));
    await client.request({ method, path: at, contentType, body });
    // Requests of somebody else do not count as the move's.
    for (const { list, length } of noted) list.splice(length);
  }
}
