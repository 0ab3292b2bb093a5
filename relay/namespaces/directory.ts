import type { ResourceType } from "../../events/change.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import { readTextMap } from "../../core/json/read-json.ts";
import type { NamespaceState } from "../detect/change.ts";
import { reflect } from "../reflector/reflect.ts";
import type { WatchStep } from "../reflector/step.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";

const NAMESPACES: ResourceType = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespaced: false,
};

/** The watch of the namespaces themselves, as statuses and reports name it. */
export const NAMESPACES_WATCH: {
  readonly key: string;
  readonly name: string;
  readonly target: WatchTarget;
} = { key: "namespaces", name: "namespaces", target: { resource: NAMESPACES, namespace: null } };

/** The namespaces of the cluster, for all watches that select these by label. Complete once `isKnown`. */
export class NamespaceDirectory {
  readonly #subscribers = new Set<() => void>();
  #known: Map<string, NamespaceState> | undefined;
  #snapshot: Map<string, NamespaceState> | undefined;
  #position = "";

  /** All changes of namespaces up to here are known. */
  position(): string {
    return this.#position;
  }

  isKnown(): boolean {
    return this.#known !== undefined;
  }

  find(name: string): NamespaceState | undefined {
    return this.#known?.get(name);
  }

  names(): Iterable<string> {
    return this.#known?.keys() ?? [];
  }

  /** `notify` is called after each change, and reads the directory itself. */
  subscribe(notify: () => void): void {
    this.#subscribers.add(notify);
  }

  /** Follows the cluster until stopped. */
  async run(
    deps: WatchDeps & { readonly stepped: (step: WatchStep) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const start = { type: "snapshot", cause: "start", replace: false } as const;
    for await (const step of reflect(deps, NAMESPACES_WATCH.target, start, signal)) {
      this.apply(step);
      deps.stepped(step);
    }
  }

  apply(step: WatchStep): void {
    switch (step.type) {
      case "snapshotStarted":
        this.#snapshot = new Map();
        return;
      case "listed":
        this.#snapshot?.set(step.read.name, toState(step.read));
        return;
      case "unlisted":
        this.#snapshot?.delete(step.read.name);
        return;
      case "snapshotEnded":
        this.#known = this.#snapshot;
        this.#snapshot = undefined;
        this.#position = step.resourceVersion;
        break;
      case "changed":
        if (step.event === "DELETED") this.#known?.delete(step.read.name);
        else this.#known?.set(step.read.name, toState(step.read));
        this.#position = step.read.resourceVersion;
        break;
      case "resumed":
      case "bookmark":
      case "interrupted":
        return;
    }
    for (const notify of this.#subscribers) notify();
  }
}

function toState({ uid, resourceVersion, object }: ReadObject): NamespaceState {
  return { uid, resourceVersion, labels: readTextMap(object.metadata["labels"]) };
}
