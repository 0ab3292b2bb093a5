import type { KeyDoc, KeyGroup } from "./key-doc.ts";

/** The fields that a rule sets on a Job beyond its template. `example` has the other parameters that the action needs. */
export function toJobParameterDocs(example: string): readonly KeyDoc[] {
  const also = example === "" ? "" : `${example}\n`;
  return [
    {
      key: "labels",
      description:
        "Labels of the Job, beside those of the template: texts, or { cel: <expression> }.",
      default: "none",
      example: `${also}labels: { node: { cel: object.spec.nodeName } }`,
    },
    {
      key: "container",
      description: "The container that the following are for; left out if there is only one.",
      example: `${also}container: main\nenv: { MODE: full }`,
    },
    {
      key: "env",
      description:
        "Environment variables of the container, beside those of the template: texts, or { cel: <expression> }. A value is never part of a script's text.",
      default: "none",
      example: `${also}env: { NODE: { cel: object.metadata.name }, MODE: full }`,
    },
    {
      key: "args",
      description: "The arguments of the container, all of them: texts, or { cel: <expression> }.",
      default: "those of the template",
      example: `${also}args: [--node, { cel: object.metadata.name }]`,
    },
    {
      key: "requests",
      description: "By resource: a quantity, or { cel: <expression> }.",
      default: "those of the template",
      example: `${also}requests: { cpu: 500m }`,
    },
    {
      key: "limits",
      description: "By resource: a quantity, or { cel: <expression> }.",
      default: "those of the template",
      example: `${also}limits: { memory: 2Gi }`,
    },
  ];
}

/** `cluster`, in the actions whose Job is in the rule. */
function toClusterDoc(also: string): KeyDoc {
  return {
    key: "cluster",
    description:
      "The other cluster of the file in which the Job is, in a namespace of the same name (docs/clusters.md).",
    default: "the cluster of the trigger",
    example: `cluster: backup-eu\n${also}`,
  };
}

const CONTAINER = "{ name: main, image: registry.example/tidy }";
const SPEC = `spec: { template: { spec: { restartPolicy: Never, containers: [${CONTAINER}] } } }`;
const CREATED = `job: { ${SPEC} }`;
const APPLIED = `policy: recreate\njob: { metadata: { name: migrate }, ${SPEC} }`;

/** The actions whose Job is in the rule. */
export const JOB_ACTION_DOCS: Readonly<Record<string, KeyGroup>> = {
  createJob: {
    title: "createJob",
    at: "createJob",
    intro:
      "Creates a Job that the rule contains, under a name that depends only on the record and on what the rule says, so that there is only one. Verified: the Job is complete; verification ends as soon as it has failed for good.",
    keys: [
      {
        key: "job",
        description:
          "The Job: metadata (name, namespace, labels, annotations) and spec, as in batch/v1. The name is the beginning of its name, and without one the rule's id is. Without a namespace it is the trigger's; another one needs reach. There are no expressions in it: what comes from the trigger belongs into env, args and labels.",
        example: CREATED,
      },
      {
        key: "owner",
        description:
          "none, or trigger: the Job is deleted with the trigger, which must be in the Job's namespace or in none.",
        default: "none",
        example: `${CREATED}\nowner: trigger`,
      },
      toClusterDoc(CREATED),
      ...toJobParameterDocs(CREATED),
    ],
  },
  applyJob: {
    title: "applyJob",
    at: "applyJob",
    intro:
      "Makes a Job be as the rule says. The Pod template of a Job, and most of the rest, can never be changed, so a policy says what happens if it differs. The live Job is compared with what the API server would make of the rule's Job now, with its defaults and webhooks, so an unchanged Job is not touched. What anyone may change (labels, annotations, parallelism, suspend, backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished, maxFailedIndexes, podReplacementPolicy) is changed in place, if it is written. Verified: the Job is complete.",
    keys: [
      {
        key: "job",
        description:
          "The Job as it is to be, as for createJob, with its name. A Job that is written as suspended is created so, and not suspended again once something has resumed it.",
        example: APPLIED,
      },
      {
        key: "policy",
        description:
          "skip leaves a Job that exists as it is. recreate deletes it, waits until it and its Pods are gone, and creates a new one. newName creates a Job whose name ends with a digest of its content, so that applying the same again creates nothing, and older ones stay. fail refuses.",
        example: APPLIED,
      },
      {
        key: "running",
        description:
          "What recreate does if the Job is running: wait until it has ended, refuse, or replace: stop it. A Job that begins to run after the plan was made is not deleted, except with replace.",
        default: "wait",
        example: `running: refuse\n${APPLIED}`,
      },
      {
        key: "within",
        description: "How long to wait for a running Job.",
        default: "the rule's giveUpAfter",
        example: `within: 2h\n${APPLIED}`,
      },
      {
        key: "managed",
        description:
          "refuse, if a field that would be changed in place is owned by a manager that would revert it: Argo CD, Flux, or anyone who applies it with server-side apply; act changes it all the same.",
        default: "refuse",
        example: `managed: act\n${APPLIED}`,
      },
      toClusterDoc(APPLIED),
      ...toJobParameterDocs(APPLIED),
    ],
  },
};
