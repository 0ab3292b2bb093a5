import { ruleFile, type BrokenFile } from "./rule-file.ts";

const toSpec = (containers: string, more = ""): string =>
  `spec: { template: { spec: { restartPolicy: Never, containers: [ ${containers} ]${more} } } }`;
const ONE = toSpec("{ name: dump, image: a }");
const TWO = toSpec("{ name: dump, image: a }, { name: side, image: b }");
const PODS = "on: { resource: pods, namespaces: [shop] }\n";
const create = (parameters: string, rest = PODS): string =>
  ruleFile(`${rest}then: [ { createJob: { ${parameters} } } ]`);
const apply = (parameters: string): string =>
  ruleFile(
    `${PODS}then: [ { applyJob: { job: { metadata: { name: m }, ${ONE} }, ${parameters} } } ]`,
  );
const inOps = `job: { metadata: { namespace: ops }, ${ONE} }`;

/** Jobs in rules that would be refused each time; what the published schema accepts. */
export const JOBS: readonly BrokenFile[] = [
  [
    "a Job in another namespace",
    create(inOps),
    /job\.metadata\.namespace: the namespace ops is not within the reach/,
    /reach: \[ops\]/,
  ],
  [
    "a Job for a Node, without a namespace",
    create(`job: { ${ONE} }`, "on: { resource: nodes }\n"),
    /nodes have no namespace, so that of the Job must be named/,
    /job: \{ metadata: \{ namespace: <namespace> \} \}, and reach/,
  ],
  [
    "a variable for one of two containers",
    create(`job: { ${TWO} }, env: { A: b }`),
    /env: the Job has the containers dump, side, and env is for one of them/,
    /container: <name>/,
  ],
  [
    "memory for one of two containers",
    create(`job: { ${TWO} }, limits: { memory: 1Gi }`),
    /limits is for one of them/,
  ],
  [
    "a container that the Job does not have",
    create(`job: { ${TWO} }, container: dumb, env: { A: b }`),
    /container: the Job has no container dumb/,
    /dump, side/,
  ],
  [
    "an owner in another namespace",
    create(`owner: trigger, ${inOps}`, `${PODS}reach: [ops]\n`),
    /owner: the trigger is in shop, and cannot own a Job in ops/,
    /owner: none/,
  ],
  [
    "a label of a Job with spaces",
    create(`job: { ${ONE} }, labels: { ok: "value with spaces" }`),
    /labels\.ok: "value with spaces" is not the value of a label/,
  ],
  [
    "a key of a label of a Job that is none",
    create(`job: { ${ONE} }, labels: { "bad key!": x }`),
    /"bad key!" is not the key of a label/,
  ],
  [
    "a label in the template of a Job that is none",
    create(`job: { metadata: { labels: { team: "a b" } }, ${ONE} }`),
    /job\.metadata\.labels\.team: "a b" is not the value/,
  ],
  [
    "a label of a Job's Pods that is none",
    create(
      "job: { spec: { template: { metadata: { labels: { team: 'a b' } }, spec: { restartPolicy: Never, containers: [ { name: a, image: a } ] } } } }",
    ),
    /template\.metadata\.labels\.team: "a b" is not the value/,
  ],
  [
    "a key of an annotation that is none",
    ruleFile(`${PODS}then: [ { annotate: { set: { "a b": c } } } ]`),
    /"a b" is not the key of an annotation/,
  ],
  [
    "more memory than the limit of an applied Job",
    apply("policy: skip, requests: { memory: 2Gi }, limits: { memory: 1Gi }"),
    /the request 2Gi is above the limit 1Gi/,
  ],
  [
    "what to do about a running Job, with a policy that never replaces one",
    apply("policy: skip, running: replace"),
    /running has an effect only with policy: recreate/,
    /remove running/,
  ],
  [
    "how long to wait for a running Job, with a policy that never replaces one",
    apply("policy: newName, within: 1h"),
    /within has an effect only with policy: recreate/,
  ],
  [
    "Pods in the namespace of a Node",
    ruleFile(
      "on: { resource: nodes }\nthen: [ { deleteObject: { targets: { atMost: 5, select: { resource: pods } } } } ]",
    ),
    /nodes have no namespace, so that of the pods must be named/,
    /select: \{ resource: pods, namespace: <namespace> \}, and reach: \[<namespace>\]; or namespace: "\*"/,
  ],
];
