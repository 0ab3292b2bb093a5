import { join } from "node:path";
import { createHierarchy, GROUP } from "./cluster-api.ts";
import { readSides, type Sides } from "./check-move.ts";
import { openMoveLane, type MoveLane } from "./move-lane.ts";
import { createNamespace, startMoveWorld, type MoveWorld } from "./move-world.ts";

/** One hierarchy in a namespace of its own, which the command is to move. */
export type CommandCase = {
  readonly namespace: string;
  /** The sources before the move. */
  readonly before: Sides["source"];
  /** The arguments that begin the move; the Move has the name of the namespace. */
  readonly args: readonly string[];
  readonly read: () => Promise<Sides>;
};

/** Two API servers, and the command between them. */
export type CommandScene = AsyncDisposable & {
  readonly world: MoveWorld;
  readonly lane: MoveLane;
  readonly renew: (
    options?: Omit<Parameters<typeof createHierarchy>[1], "namespace">,
  ) => Promise<CommandCase>;
};

export async function startCommandScene(): Promise<CommandScene> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await startMoveWorld());
  const kubeconfig = join(world.folder, "lane.kubeconfig");
  const lane = stack.use(await openMoveLane(world.controlPlanes, kubeconfig));
  let count = 0;
  const parts = stack.move();
  return {
    world,
    lane,
    async renew(options = {}) {
      count += 1;
      const namespace = `case-${count}`;
      await createNamespace(world.source, namespace);
      await createNamespace(world.target, namespace);
      await createHierarchy(world.source, { namespace, machines: 1, ...options });
      const read = () => readSides(world, namespace);
      const { source: before } = await read();
      return { namespace, before, args: [...toWhat(namespace), "--name", namespace], read };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The arguments that select the hierarchy of a namespace, with its finalizers to be taken off. */
export function toWhat(namespace: string): readonly string[] {
  const what = [`clusters.${GROUP}/web`, "-n", namespace, "--with-owned"];
  return [...what, "--remove-finalizer", "*"];
}
