/** A place in a watch's stream. */
export type Position = {
  readonly resourceVersion: string;
  /** Rules that have received the initial objects once everything up to here is accepted. */
  readonly initialRules: readonly string[];
  /** Namespaces selected by label are processed up to here. */
  readonly namespaces?: string | undefined;
};

/**
 * Finds a watch's progress: the last place in the order of its stream below which everything is accepted. Changes are opened in the
 * order in which they were read and closed in any order; memory grows with the open ones only, however long one of them stays open.
 * Pure state; no resourceVersion is compared.
 */
export type CheckpointTracker<Key extends object> = {
  /** A change waits for acceptance from now on. */
  readonly open: (key: Key) => void;
  /** A change was accepted, or need not be sent any more. */
  readonly close: (key: Key) => void;
  /** The stream is at this place: all changes opened so far are before it. */
  readonly advance: (position: Position) => void;
  /** The new checkpoint, if it has moved since the last call. */
  readonly take: () => Position | undefined;
  readonly openCount: () => number;
  /** Places reached so far no longer count; open changes stay open. */
  readonly forget: () => void;
};

type Node<Key> = {
  readonly key: Key;
  /** The last place that was reached while this was the newest open change. */
  through: Position | undefined;
  previous: Node<Key> | undefined;
  next: Node<Key> | undefined;
};

export function createCheckpointTracker<Key extends object>(): CheckpointTracker<Key> {
  const nodes = new Map<Key, Node<Key>>();
  let newest: Node<Key> | undefined;
  let reached: Position | undefined;
  return {
    open(key) {
      const node: Node<Key> = { key, through: undefined, previous: newest, next: undefined };
      if (newest !== undefined) newest.next = node;
      newest = node;
      nodes.set(key, node);
    },
    close(key) {
      const node = nodes.get(key);
      if (node === undefined) return;
      nodes.delete(key);
      if (node.previous === undefined) reached = later(reached, node.through);
      else node.previous.through = later(node.previous.through, node.through);
      if (node.previous !== undefined) node.previous.next = node.next;
      if (node.next === undefined) newest = node.previous;
      else node.next.previous = node.previous;
    },
    advance(position) {
      if (newest === undefined) reached = later(reached, position);
      else newest.through = later(newest.through, position);
    },
    take() {
      const taken = reached;
      reached = undefined;
      return taken;
    },
    openCount: () => nodes.size,
    forget() {
      reached = undefined;
      for (const node of nodes.values()) node.through = undefined;
    },
  };
}

function later(before: Position | undefined, after: Position | undefined): Position | undefined {
  if (before === undefined || after === undefined) return after ?? before;
  if (before.initialRules.length === 0) return after;
  return { ...after, initialRules: [...before.initialRules, ...after.initialRules] };
}
