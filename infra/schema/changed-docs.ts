import type { KeyDoc } from "./key-doc.ts";

/** The keys of a rule that compares fields. */
export const CHANGED_KEYS: readonly KeyDoc[] = [
  {
    key: "on.changed",
    description:
      "The rule matches only if one of these fields differs from the state of the object that was delivered before. The relay compares digests, and no value leaves its cluster, so it works for the data of Secrets too. An action is taken only if the messages are signed.",
    default: "whatever has changed",
    example:
      "on: { resource: configmaps, changed: { fields: [data, binaryData], unknown: skip } }\nonce: change",
  },
  {
    key: "on.changed.fields",
    description:
      "Fields of the object, as in redact: data, spec.template, spec.containers[*].image. A field that appears or disappears has changed. At most 20.",
    example: "on: { resource: secrets, changed: { fields: [data], unknown: act } }\nonce: change",
  },
  {
    key: "on.changed.unknown",
    description:
      "What to do if the relay cannot know it: for an object that was added, after a gap or a lost journal, or while relay and functions have different versions of the rule. act counts it as changed, skip does not.",
    example: "on: { resource: secrets, changed: { fields: [data], unknown: act } }\nonce: change",
  },
];

/** The key of a rule that takes changes of several clusters. */
export const SOURCES_KEY: KeyDoc = {
  key: "on.clusters",
  description:
    "Names of the clusters whose changes the rule takes: the pipeline's own, and others of clusters, which then state their uid. Each has a relay that sends to the same queue; records and guards of a change are in its cluster.",
  default: "the pipeline's own cluster",
  example: "on: { resource: jobs.batch, clusters: [prod] }",
};
