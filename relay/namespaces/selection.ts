import { matchesLabels, type LabelSelector } from "../../core/pipeline/label-selector.ts";
import type { NamespaceState } from "../detect/change.ts";
import type { NamespaceDirectory } from "./directory.ts";

export type NamespaceMove = { readonly namespace: string; readonly move: "entered" | "left" };

/**
 * The namespaces that one watch selects, as of the last move that it has processed: a namespace counts as entered only from when its
 * objects are read, so that what the watch filters and what it has reported never contradict each other.
 */
export class NamespaceView {
  readonly #directory: NamespaceDirectory;
  readonly #selector: LabelSelector;
  #selected: Set<string> | undefined;

  constructor(directory: NamespaceDirectory, selector: LabelSelector) {
    this.#directory = directory;
    this.#selector = selector;
  }

  isSelected(namespace: string): boolean {
    return this.#selected?.has(namespace) ?? false;
  }

  find(namespace: string): NamespaceState | undefined {
    return this.#directory.find(namespace);
  }

  /** Selects all namespaces as they are now: for a snapshot, whose comparison finds what entered and left. */
  adopt(): void {
    this.#selected = new Set(this.#matching());
  }

  /** The resourceVersion up to which the namespaces are known. */
  position(): string {
    return this.#directory.position();
  }

  /** The next namespace that entered or left since then, which counts as processed now. None before the first snapshot. */
  next(): NamespaceMove | undefined {
    const selected = this.#selected;
    if (selected === undefined) return undefined;
    const matching = new Set(this.#matching());
    for (const namespace of selected) {
      if (matching.has(namespace)) continue;
      selected.delete(namespace);
      return { namespace, move: "left" };
    }
    for (const namespace of matching) {
      if (selected.has(namespace)) continue;
      selected.add(namespace);
      return { namespace, move: "entered" };
    }
    return undefined;
  }

  *#matching(): Generator<string, void> {
    for (const name of this.#directory.names()) {
      const labels = this.#directory.find(name)?.labels ?? {};
      if (matchesLabels(this.#selector, labels)) yield name;
    }
  }
}
