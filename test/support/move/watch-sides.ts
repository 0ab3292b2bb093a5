import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createInterface } from "node:readline";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";

/*
 * A history of both clusters, by watches of their API servers with none of Kubemend's own code: whatever happens between two reads is in it.
 */

export type SideName = "source" | "target";
export type WatchedObject = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly name: string }[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly paused?: boolean; readonly [field: string]: unknown };
  readonly data?: object;
  readonly status?: { readonly phase?: string };
};
/** One event of a watch. Revisions of one side are in the order in which its etcd has written them, across all resources. */
export type Seen = {
  readonly side: SideName;
  /** `machines/web-1-1` */
  readonly key: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: WatchedObject;
  readonly revision: number;
  readonly atMs: number;
};

export type History = Disposable & {
  /** The events of a namespace so far, in the order of their arrival. */
  readonly of: (namespace: string) => readonly Seen[];
  /** Resolves when everything has arrived that is stored now. */
  readonly catchUp: (namespace: string) => Promise<void>;
};

const GROUP = "/apis/cluster.x-k8s.io/v1beta1";
const MOVES = "/apis/kubemend.dev/v1alpha1";
const KINDS = ["clusters", "machinedeployments", "machinesets", "machines", "machinetemplates"];
const OBJECTS = [
  ...KINDS.map((plural) => [GROUP, plural] as const),
  ["/api/v1", "secrets"],
] as const;

type Server = Pick<ControlPlane, "server" | "caFile" | "adminToken">;

/** Begins to watch. To be called before there are objects: the objects of an earlier time have no order. */
export async function watchSides(
  servers: Readonly<Record<SideName, Server>>,
  moveNamespace: string,
): Promise<History> {
  const events: Seen[] = [];
  const stops: (() => void)[] = [];
  const follow = async (side: SideName, base: string, plural: string): Promise<void> => {
    const stop = await watch(servers[side], `${base}/${plural}`, (type, object) => {
      const revision = Number(object.metadata.resourceVersion);
      const key = `${plural}/${object.metadata.name}`;
      events.push({ side, key, type, object, revision, atMs: performance.now() });
    });
    stops.push(stop);
  };
  for (const [base, plural] of OBJECTS) {
    await follow("source", base, plural);
    await follow("target", base, plural);
  }
  await follow("source", MOVES, "moves");
  const of = (namespace: string) =>
    events.filter((one) => one.object.metadata.namespace === namespace);
  return {
    of: (namespace) =>
      events.filter(
        ({ object: { metadata } }) =>
          metadata.namespace === namespace ||
          // The Move has the name of the namespace that it moves.
          (metadata.namespace === moveNamespace && metadata.name === namespace),
      ),
    async catchUp(namespace) {
      for (const side of ["source", "target"] as const) {
        const stored = await readVersions(servers[side], namespace);
        const isSeen = () => {
          const live = new Map<string, string>();
          for (const { key, type, object, side: at } of of(namespace)) {
            if (at !== side) continue;
            if (type === "DELETED") live.delete(key);
            else live.set(key, `${key} ${object.metadata.resourceVersion}`);
          }
          return toText([...live.values()]) === stored;
        };
        for (let tries = 0; !isSeen(); tries += 1) {
          if (tries > 500) throw new Error(`the watches of the ${side} have not caught up`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    },
    [Symbol.dispose]() {
      for (const stop of stops) stop();
    },
  };
}

async function readVersions(server: Server, namespace: string): Promise<string> {
  const found: string[] = [];
  for (const [base, plural] of OBJECTS) {
    const chunks: string[] = [];
    const response = await open(server, `${base}/namespaces/${namespace}/${plural}`);
    for await (const chunk of response) chunks.push(String(chunk));
    const { items } = JSON.parse(chunks.join("")) as { items: readonly WatchedObject[] };
    for (const { metadata } of items)
      found.push(`${plural}/${metadata.name} ${metadata.resourceVersion}`);
  }
  return toText(found);
}

function toText(lines: readonly string[]): string {
  return lines.toSorted((left, right) => left.localeCompare(right)).join("\n");
}

async function watch(
  server: Server,
  path: string,
  onEvent: (type: Seen["type"], object: WatchedObject) => void,
): Promise<() => void> {
  const response = await open(server, `${path}?watch=true`);
  let isStopped = false;
  createInterface({ input: response }).on("line", (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: WatchedObject };
    if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED")
      throw new Error(`the watch of ${path} says ${line}`);
    onEvent(type, object);
  });
  response.on("error", (error) => {
    if (!isStopped) throw error;
  });
  return () => {
    isStopped = true;
    response.destroy();
  };
}

async function open({ server, caFile, adminToken }: Server, path: string) {
  const headers = { authorization: `Bearer ${adminToken}` };
  const sent = request(`${server}${path}`, { headers, ca: readFileSync(caFile), agent: false });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
  return response;
}
