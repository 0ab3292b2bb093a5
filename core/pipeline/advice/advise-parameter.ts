import { findAction } from "../../actions/registry.ts";
import type { Advice, Situation } from "./advice.ts";

/** Parameters of an action that are named or written as in kubectl and in manifests. */
export function adviseParameter(action: string, situation: Situation): Advice {
  return situation.issue.at === "key" ? adviseKey(action, situation) : adviseValue(situation);
}

/** Unknown parameters of an action, and of any. */
const OTHER_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  drain: {
    timeout: "did you mean within?",
    gracePeriod: "did you mean gracePeriodSeconds?",
    ignoreDaemonsets: "remove it: the Pods of DaemonSets always stay",
    ignoreDaemonSets: "remove it: the Pods of DaemonSets always stay",
    deleteLocalData: "did you mean deleteEmptyDirData?",
    targets: "drain acts on one Node, and on all of its Pods: write target",
  },
  evictPod: { timeout: "did you mean within?", gracePeriod: "did you mean gracePeriodSeconds?" },
  createJob: {
    spec: "write it below job: job: { spec: ... }",
    metadata: "write it below job: job: { metadata: ..., spec: ... }",
    template: "write it below job: job: { spec: { template: ... } }",
  },
  patch: { spec: "write the paths of fields: set: { spec.replicas: 3 }" },
  scale: { count: "did you mean replicas?", size: "did you mean replicas?" },
  setResources: {
    cpu: "write it below requests or limits: limits: { cpu: 500m }",
    memory: "write it below requests or limits: limits: { memory: 1Gi }",
    resources: "write requests and limits without it",
  },
  label: { labels: "did you mean set?" },
  annotate: { annotations: "did you mean set?" },
  move: {
    targets:
      "a Move is about one object, what it owns and what also selects: write target, and also",
    select: "did you mean target? also selects other objects of its namespace",
    cluster: "did you mean to?",
    withOwner: "did you mean withOwned?",
    owned: "did you mean withOwned?",
    finalizers: "did you mean removeFinalizers?",
    namespace: "write it below target: target: { resource: ..., name: ..., namespace: ... }",
  },
  emitEvent: { note: "did you mean message?", regarding: "did you mean target?" },
};
const OF_JOB: Readonly<Record<string, string>> = {
  generateName: "did you mean name? It is the beginning of the Job's name",
  status: "remove it: the Job does not exist yet",
};

function adviseKey(action: string, { issue: { path }, key, value }: Situation): Advice {
  const own = path.length === 6 ? toOwnKey(action, key, value) : undefined;
  const hint = own ?? (path.includes("job") ? OF_JOB[key] : undefined);
  return hint === undefined ? undefined : { hint };
}

function toOwnKey(action: string, key: string, value: unknown): string | undefined {
  const name = typeof value === "string" ? value : "<name>";
  if (key === "name" && action === "createJobFromCronJob") {
    return `the CronJob is named by cronJob: { name: ${name} }`;
  }
  if (key === "target" && findAction(action)?.many !== undefined) {
    return "targets and target exclude each other: remove one";
  }
  const isOfTarget = findAction(action)?.targets !== undefined;
  if (isOfTarget && (key === "name" || key === "resource" || key === "relation")) {
    return `the object is written as target: { ${key}: ${name} }`;
  }
  const others = action === "applyJob" ? OTHER_KEYS["createJob"] : OTHER_KEYS[action];
  return others !== undefined && Object.hasOwn(others, key) ? others[key] : undefined;
}

function adviseValue({ issue: { path, message }, key, value }: Situation): Advice {
  const holder = path.at(-2);
  const missing = value === undefined ? toMissing(key, path) : undefined;
  if (missing !== undefined) return { hint: missing };
  if (message.startsWith("expected a quantity")) {
    const [, amount = "", unit = ""] =
      /^(\d+(?:\.\d+)?)\s*([kKmMgGtT])i?[bB]$/.exec(String(value)) ?? [];
    const power = unit.toUpperCase();
    if (amount !== "")
      return {
        hint: `write ${amount}${power}i, which is a power of 1024, or ${amount}${unit === "k" || unit === "K" ? "k" : power}`,
      };
  }
  const isText = message.startsWith("expected a text") || message.startsWith("expected a quantity");
  const isScalar = typeof value === "number" || typeof value === "boolean";
  if (isScalar && (isText || message.startsWith("expected text"))) {
    return { hint: `write it in quotes: ${key}: "${String(value)}"` };
  }
  if (key === "env" && Array.isArray(value) && holder !== "containers") {
    return { hint: "write env: { NAME: value, ... }; a value from the object is { cel: ... }" };
  }
  if (key === "job" && typeof value === "string") {
    return { hint: "write the Job itself, and no file: job: { metadata: ..., spec: ... }" };
  }
  if (key === "to" && path.at(-2) === "mirror" && typeof value === "string") {
    return { hint: `write a list: to: [${value}]` };
  }
  if (path.at(-1) === "referrers" && !Array.isArray(value)) {
    return { hint: "write the resources of the workloads: referrers: [deployments.apps]" };
  }
  return undefined;
}

function toMissing(key: string, path: Situation["issue"]["path"]): string | undefined {
  if (key === "restartPolicy") return "write restartPolicy: Never, or OnFailure";
  if (key === "max") return "write the most that the value may reach, such as max: 4Gi";
  if (key === "name" && path.at(-2) === "target") {
    return "write the name of the object; an object that the trigger refers to is { relation: ... }";
  }
  if (key === "name" && path.includes("job")) return "each container has a name";
  return undefined;
}
