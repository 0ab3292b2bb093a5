import { findNamedCluster } from "../../actions/contract/cluster.ts";
import { readField, readList } from "../../json/read-json.ts";
import { findMirror } from "../mirror-rule.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";
import { readClusterNames, toUnknownCluster } from "./parameters/unknown-clusters.ts";

type PlacedRule = { readonly rule: Rule; readonly index: number };

const FIND_UID = "kubectl get namespace kube-system -o jsonpath={.metadata.uid} prints it";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The faults of rules that take changes of other clusters. By its uid a function knows which cluster a message is about before it trusts
 * or asks anything, so such a cluster states it, and no two have the same.
 */
export function findSourceFaults(
  document: unknown,
  rules: readonly PlacedRule[],
): readonly PipelineIssue[] {
  return [
    ...findUidFaults(document, rules),
    ...rules.flatMap(({ rule, index }) => {
      const { clusters } = rule.on;
      if (clusters === undefined) return [];
      return [
        ...findUnknownSources(document, clusters, ["rules", index, "on", "clusters"]),
        ...findOwnTargets(rule, clusters, index),
        ...findTargetless(rule, clusters, index),
        ...findManyOriginals(rule, clusters, index),
      ];
    }),
  ];
}

function findUidFaults(document: unknown, rules: readonly PlacedRule[]): readonly PipelineIssue[] {
  const named = new Set(rules.flatMap(({ rule }) => rule.on.clusters ?? []));
  const moving = new Set(
    readList(readField(document, "moves")).flatMap((grant) => readList(readField(grant, "from"))),
  );
  const clusters = readList(readField(document, "clusters"));
  const uids = clusters.map((cluster) => readField(cluster, "uid"));
  return clusters.flatMap((cluster, index) => {
    const name = readField(cluster, "name");
    const uid = uids[index];
    const path = ["clusters", index, "uid"];
    if (uid === undefined) {
      if (typeof name !== "string" || !(named.has(name) || moving.has(name))) return [];
      const use = named.has(name) ? "rules take changes of" : "moves are from";
      const message = `${use} the cluster ${name}, and its uid is missing`;
      return [{ path: ["clusters", index], message, hint: `add uid: ${FIND_UID}` }];
    }
    if (uids.indexOf(uid) !== index) {
      return [{ path, message: "another cluster already has this uid", hint: FIND_UID }];
    }
    if (typeof uid !== "string" || UUID.test(uid)) return [];
    const message = "the uid of a cluster is a UUID in small letters, as the API server sets it";
    return [{ path, message, hint: FIND_UID }];
  });
}

function findUnknownSources(
  document: unknown,
  clusters: readonly string[],
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  const { own, names } = readClusterNames(document);
  const known = typeof own === "string" ? [own, ...names] : names;
  return clusters.flatMap((name, at) =>
    known.includes(name) ? [] : [{ path: [...path, at], ...toUnknownCluster(name, known) }],
  );
}

/** An action in a cluster whose changes the rule takes would act on the trigger itself for some changes, and on a twin for others. */
function findOwnTargets(
  rule: Rule,
  clusters: readonly string[],
  index: number,
): readonly PipelineIssue[] {
  return (["then", "onFailure"] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap(({ action, parameters }, at) => {
      const named = findNamedCluster(parameters);
      if (named === undefined || !clusters.includes(named.name)) return [];
      const path = ["rules", index, list, at, action, ...named.path];
      const message = `${named.name} is a cluster whose changes the rule takes`;
      const hint =
        clusters.length === 1
          ? "leave cluster out to act there"
          : "write a rule for the changes of each cluster";
      return [{ path, message, hint }];
    }),
  );
}

/** Objects of a cluster are not mirrored to itself, so each cluster needs another one as a target. */
function findTargetless(
  rule: Rule,
  clusters: readonly string[],
  index: number,
): readonly PipelineIssue[] {
  const [only, ...more] = findMirror(rule)?.to ?? [];
  if (only === undefined || more.length > 0 || !clusters.includes(only)) return [];
  const at = rule.then.findIndex(({ action }) => action === "mirror");
  const message = `${only} is a cluster whose objects the rule mirrors, and its only target`;
  const hint = "name another cluster in to, or take it out of on.clusters";
  return [{ path: ["rules", index, "then", at, "mirror", "to", 0], message, hint }];
}

/**
 * Of two clusters that adopt from each other, the uids decide whose object stays. Of more, each pair would decide by itself, and an object
 * could become the copy of a copy.
 */
function findManyOriginals(
  rule: Rule,
  clusters: readonly string[],
  index: number,
): readonly PipelineIssue[] {
  const { to = [], conflict } = findMirror(rule) ?? {};
  const equal = clusters.filter((name) => to.includes(name));
  if (conflict !== "adopt" || equal.length <= 2) return [];
  const at = rule.then.findIndex(({ action }) => action === "mirror");
  const [first, ...others] = equal;
  const message = `the objects of ${equal.join(", ")} would adopt each other, and of more than two clusters nobody knows whose object is to stay`;
  const hint = `take conflict: adopt away, or have one cluster be the source: on.clusters: [${first}], to: [${others.join(", ")}]`;
  return [{ path: ["rules", index, "then", at, "mirror", "conflict"], message, hint }];
}
