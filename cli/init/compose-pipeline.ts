import { readFileSync } from "node:fs";
import { Document } from "yaml";
import type { Recipe } from "../recipes/read-recipes.ts";

/** Where the rules of a recipe begin. */
const RULES = /^rules:\n/m;

/** A pipeline file for a cluster with the rules of these recipes, each below its story. */
export function composePipeline(cluster: string, recipes: readonly Recipe[]): string {
  const head = new Document({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: cluster },
  });
  const rules = recipes.map(({ number, name, file }) => {
    const text = readFileSync(file, "utf8");
    const [before = "", after = ""] = text.split(RULES);
    const story = before.split("\n").filter((line) => line.startsWith("#"));
    const title = `# Recipe ${number}, ${name}`;
    return [...[title, ...story].map((line) => `  ${line}`), after.trimEnd()].join("\n");
  });
  return `# What Kubemend watches and does. kubemend validate checks it; docs/reference explains every key.\n${head.toString()}rules:\n${rules.join("\n\n")}\n`;
}
