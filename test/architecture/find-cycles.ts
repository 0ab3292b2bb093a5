import type { Graph } from "./import-graph.ts";

/**
 * The groups of nodes that can all reach each other, each sorted: Tarjan's strongly connected components with more than one
 * member. An empty answer means that the graph can be read in one order, from the ground up.
 */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const found: string[][] = [];
  const indexes = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): number => {
    const index = indexes.size;
    let low = index;
    indexes.set(node, index);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!indexes.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, indexes.get(next) ?? low);
    }
    if (low === index) {
      const members = stack.splice(stack.indexOf(node));
      if (members.length > 1) found.push(members.toSorted());
    }
    return low;
  };
  for (const node of graph.keys()) if (!indexes.has(node)) visit(node);
  return found.toSorted(([a = ""], [b = ""]) => a.localeCompare(b));
}
