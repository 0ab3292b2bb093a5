import type { KeyDoc, KeyGroup } from "./key-doc.ts";

/** The keys that select objects, below `prefix`. */
export const selection = (prefix: string): readonly KeyDoc[] => [
  {
    key: `${prefix}resource`,
    description:
      "What is watched: <plural>.<group>, or <plural> alone for core resources, in the version that the cluster prefers. Custom resources are named likewise.",
    example: prefix === "" ? "resource: pods" : "on: { resource: jobs.batch }",
  },
  {
    key: `${prefix}namespaces`,
    description:
      "The namespaces, by name, or by their labels as { labelSelector: ... }. No patterns. Each name gets its own watch, so that a Role in that namespace is enough. A rule that remediates acts on objects in kube-system, kube-public, kube-node-lease and kubemend only if it names that namespace here; by labels is not by name. A rule that only alerts sees them.",
    default: "all namespaces",
    example:
      prefix === ""
        ? "namespaces: [payments, orders]"
        : 'on: { resource: jobs.batch, namespaces: { labelSelector: "team=data" } }',
  },
  {
    key: `${prefix}labelSelector`,
    description: "The labels of the objects, as in kubectl get -l.",
    default: "any labels",
    example:
      prefix === ""
        ? 'labelSelector: "app=index"'
        : 'on: { resource: jobs.batch, labelSelector: "app=index,tier in (a, b)" }',
  },
  {
    key: `${prefix}fieldSelector`,
    description:
      "The fields of the objects, as in kubectl get --field-selector: only those by which the API server selects this resource, and only = and !=.",
    default: "any fields",
    example:
      prefix === ""
        ? 'fieldSelector: "status.phase=Failed"'
        : 'on: { resource: pods, fieldSelector: "status.phase=Failed" }',
  },
];

/** The entries of `watch`. */
export const WATCH: KeyGroup = {
  title: "An entry of watch",
  at: "watch[]",
  intro: "Its objects are sent to the queue with every change, the existing ones too.",
  keys: [
    ...selection(""),
    {
      key: "payload",
      description: "full sends whole objects; metadata only apiVersion, kind and metadata.",
      default: "full",
      example: "payload: metadata",
    },
    {
      key: "delivery",
      description:
        "latest may merge unsent states of an object into the newest; every sends all states, in order.",
      default: "latest",
      example: "delivery: every",
    },
  ],
};

/** The entries of `redact`. */
export const REDACT: KeyGroup = {
  title: "An entry of redact",
  at: "redact[]",
  intro: "The fields are removed in the relay, before anything is sent.",
  keys: [
    {
      key: "resource",
      description: "The resource whose objects have the fields.",
      example: "resource: pods",
    },
    {
      key: "paths",
      description:
        'Paths of fields: [*] stands for each item or value, and keys with other characters are written as metadata.annotations["example.com/token"].',
      example: 'paths: ["spec.containers[*].env[*].value"]',
    },
  ],
};
