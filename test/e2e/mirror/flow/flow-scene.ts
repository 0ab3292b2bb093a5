import { startFlowWorld, type FlowWorld } from "../../../support/mirror/flow-world.ts";
import { find, type Json } from "../../../support/mirror/mirror-world.ts";

/** The label that the rule about ConfigMaps asks for. */
export const LABELLED = { mirror: "yes" };

/** For `expect.poll`: retries and comparisons take their time. */
export const PATIENT = { timeout: 100_000, interval: 50 } as const;

/** A user, who writes in the source and reads in the target. */
export type FlowScene = {
  readonly create: (collection: string, name: string, rest: Json) => Promise<Json>;
  /** A ConfigMap of the namespace `shop` with the label. */
  readonly createMap: (name: string, data: Json) => Promise<Json>;
  readonly patch: (path: string, body: Json) => Promise<Json>;
  readonly remove: (path: string) => Promise<unknown>;
  /** Reads the copy at this path of the target; undefined if there is none. */
  readonly copyAt: (path: string) => () => Promise<Json | undefined>;
};

/** Starts a world with these rules, which the stack stops, and its relay once the world is prepared. */
export async function startFlow(
  stack: AsyncDisposableStack,
  rules: readonly Json[],
  prepare: (world: FlowWorld) => Promise<void> = async () => {},
): Promise<{ readonly world: FlowWorld; readonly scene: FlowScene }> {
  const world = await startFlowWorld(stack, { rules });
  await prepare(world);
  await world.relay.start();
  return { world, scene: createFlowScene(world) };
}

function createFlowScene({ source, target }: FlowWorld): FlowScene {
  const create: FlowScene["create"] = (path, name, rest) => {
    const { labels, ...fields } = rest;
    const body = { metadata: { name, labels }, ...fields };
    return source.request({ method: "POST", path, body });
  };
  return {
    create,
    createMap: (name, data) =>
      create("/api/v1/namespaces/shop/configmaps", name, { labels: LABELLED, data }),
    patch(path, body) {
      const contentType = "application/merge-patch+json";
      return source.request({ method: "PATCH", path, contentType, body });
    },
    remove: (path) => source.request({ method: "DELETE", path }),
    copyAt: (path) => () => find(target, path),
  };
}
