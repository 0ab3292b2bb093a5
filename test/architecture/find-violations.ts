import type { Layer } from "../../layers.ts";
import type { Graph } from "./import-graph.ts";

/** The imports that lead to a higher layer, to another folder of the same layer, or to a folder that no layer names. */
export function findViolations(
  layers: readonly Layer[],
  imports: Graph,
  toFolder: (file: string) => string,
): readonly string[] {
  const rank = (folder: string): number => layers.findIndex((layer) => layer.includes(folder));
  const isAllowed = (from: string, to: string): boolean =>
    from === to || (rank(to) >= 0 && rank(to) < rank(from));
  return [...imports].flatMap(([file, targets]) =>
    [...targets]
      .filter((target) => !isAllowed(toFolder(file), toFolder(target)))
      .map((target) => `${file} -> ${target}`),
  );
}
