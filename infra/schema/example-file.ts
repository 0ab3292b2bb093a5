import { parse } from "yaml";
import { findAction } from "../../core/actions/registry.ts";
import type { KeyDoc, KeyGroup } from "./key-doc.ts";

type Fields = Readonly<Record<string, unknown>>;

const HEAD: Fields = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
};
const ALERT: Fields = { alert: { to: "ops", summary: "'x'" } };
const RULE: Fields = toRule([ALERT]);

/** A whole pipeline with the example of a key, so that it can be validated. */
export function toExampleFile({ at }: KeyGroup, { example }: KeyDoc): unknown {
  const written = parse(example) as Fields;
  switch (at) {
    case "":
      return { ...HEAD, watch: [{ resource: "pods" }], ...written };
    case "receivers.<name>":
      return { ...HEAD, watch: [{ resource: "pods" }], receivers: { ops: written } };
    case "route[]":
      return {
        ...HEAD,
        receivers: { ops: { eventBridge: { bus: "default" } } },
        route: [{ to: "ops", ...written }],
        rules: [RULE],
      };
    case "rules[]":
      return { ...HEAD, rules: [{ ...RULE, ...written }] };
    case "watch[]":
      return { ...HEAD, watch: [{ resource: "pods", ...written }] };
    case "redact[]":
      return {
        ...HEAD,
        watch: [{ resource: "pods" }],
        redact: [{ resource: "pods", paths: ["spec.containers[*].env"], ...written }],
      };
    case "moves[]":
      return { ...HEAD, clusters: CLUSTERS, watch: [{ resource: "pods" }], moves: [written] };
    case "mirror":
      return { ...HEAD, clusters: CLUSTERS, rules: [toMirrorRule(written)] };
    case "move":
      return {
        ...HEAD,
        clusters: CLUSTERS,
        moves: [MOVABLE],
        rules: [toActingRule(at, written)],
      };
    default:
      return { ...HEAD, clusters: CLUSTERS, rules: [toActingRule(at, written)] };
  }
}

const CLUSTERS = ["backup-eu", "backup-us"].map((name, index) => ({
  name,
  uid: `00000000-0000-0000-0000-00000000000${index}`,
  access: { secret: `kubemend/${name}` },
}));

/** It lets functions move what the examples move. */
const MOVABLE: Fields = {
  to: ["backup-eu"],
  resources: ["clusters.cluster.x-k8s.io", "configmaps", "secrets"],
  pause: [{ resource: "shops.example.com", field: "spec.paused" }],
  removeFinalizers: ["*"],
  remade: ["endpoints"],
  leaveOwned: true,
  dropOwners: true,
  leaveData: true,
  createNamespaces: true,
};

function toMirrorRule(written: Fields): Fields {
  const mirror = { to: ["backup-eu"], ...written };
  // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
  return { id: "a", on: { resource: "configmaps", namespaces: ["shop"] }, then: [{ mirror }] };
}

/** The value that the example gives to its key. */
export function toExampleValue({ key, example }: KeyDoc): unknown {
  return key.split(".").reduce<unknown>(
    (value, step) => {
      const found = (value as Fields)[step.replace("[]", "")];
      return step.endsWith("[]") ? (found as readonly unknown[])[0] : found;
    },
    parse(example) as unknown,
  );
}

/** The other parameters that an action needs in the example of one. */
const NEEDED: Readonly<Record<string, Fields>> = {
  label: { set: { team: "data" } },
  annotate: { set: { team: "data" } },
  patch: { set: { "spec.paused": true } },
  setResources: { limits: { memory: "1Gi" } },
  move: { to: "backup-eu" },
};

/**
 * A rule with an action; one whose target is in no namespace, or in another one, needs a reach, and a check of what it reaches. The object
 * of an Event is the target of a rule on Events.
 */
function toActingRule(action: string, written: Fields): Fields {
  const isWhole = "set" in written || "remove" in written;
  const parameters = isWhole ? written : { ...NEEDED[action], ...written };
  const { relation } = (written["target"] ?? {}) as Fields;
  const resource = relation === "involved" ? "events" : findResourceFor(action);
  const rule = toRule([{ [action]: parameters }], resource);
  return action === "alert" ? rule : { ...rule, reach: "cluster", whereTarget: "true" };
}

/** A resource whose objects the action can change. */
function findResourceFor(action: string): string | undefined {
  // Jobs, which are the default, do not move.
  if (action === "move") return "configmaps";
  return Object.keys(findAction(action)?.targets?.kinds ?? {})[0];
}

function toRule(actions: readonly Fields[], resource = "jobs.batch"): Fields {
  const head = { id: "a", on: { resource }, once: "object" };
  // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
  return { ...head, then: actions };
}
