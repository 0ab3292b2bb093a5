import type { MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { OtherCluster } from "../../core/pipeline/pipeline.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { misuse } from "../terminal/misuse.ts";

/** The meaning of `--to`: a context, with the name of its cluster in the pipeline if that is known yet, or a cluster by its access. */
export type AskedTarget =
  | { readonly by: "context"; readonly context: string; readonly name: string | undefined }
  | { readonly by: "access"; readonly cluster: OtherCluster };

/** Reads `--to`: a context, `NAME=CONTEXT`, or the name of one of the pipeline's clusters. Throws a misuse if it is none of them. */
export function parseTarget(
  text: string,
  {
    contexts,
    clusters,
  }: { readonly contexts: readonly string[]; readonly clusters: readonly OtherCluster[] },
): AskedTarget {
  const cluster = clusters.find(({ name }) => name === text);
  if (contexts.includes(text)) return { by: "context", context: text, name: cluster?.name };
  if (cluster !== undefined) return { by: "access", cluster };
  const at = text.indexOf("=");
  const [name, context] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const names = clusters.map((one) => one.name);
  if (name !== "" && !names.includes(name) && contexts.includes(context)) {
    const near = suggestName(name, names);
    const hint = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
    throw misuse(`the pipeline has no cluster ${name}; ${hint}`);
  }
  if (!names.includes(name)) throw misuse(toUnknown(text, [...names, ...contexts]));
  if (!contexts.includes(context)) throw misuse(toUnknown(context, contexts));
  return { by: "context", context, name };
}

/** The check of `--from`, before anything is connected. */
export function checkContext(text: string, contexts: readonly string[]): void {
  if (!contexts.includes(text)) throw misuse(toUnknown(text, contexts));
}

function toUnknown(text: string, known: readonly string[]): string {
  const near = suggestName(text, known);
  const names = [...new Set(known)].join(", ") || "none";
  const hint = near === undefined ? `there are: ${names}` : `did you mean ${near}?`;
  return `there is no context ${text}, and no cluster of that name in the pipeline; ${hint}`;
}

/**
 * The name that the pipeline has for the cluster of a context. Without a name it is the cluster with that uid, or else the only one to
 * which a rule mirrors. Throws a misuse if that is not clear, or if the server is another one than the pipeline says.
 */
export function findTargetName(
  { context, name }: { readonly context: string; readonly name: string | undefined },
  uid: string,
  {
    clusters,
    rules,
  }: { readonly clusters: readonly OtherCluster[]; readonly rules: readonly MirrorRule[] },
): string {
  const found = name ?? clusters.find((one) => one.uid === uid)?.name ?? findOnly(rules);
  if (found === undefined) {
    const names = clusters.map((one) => one.name).join(", ") || "none";
    throw misuse(
      `which cluster of the pipeline is the context ${context}? Write --to NAME=${context}, with one of these names: ${names}`,
    );
  }
  const wanted = clusters.find((one) => one.name === found)?.uid;
  if (wanted === undefined || wanted === uid) return found;
  throw misuse(
    `the pipeline's cluster ${found} has the uid ${wanted}, and the context ${context} leads to ${uid}: name the context of that cluster`,
  );
}

function findOnly(rules: readonly MirrorRule[]): string | undefined {
  const [first, ...others] = new Set(rules.flatMap(({ mirror }) => mirror.to));
  return others.length === 0 ? first : undefined;
}
