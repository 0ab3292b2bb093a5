import { ruleFile, type BrokenFile } from "./rule-file.ts";

const act = (action: string, rest = ""): string => ruleFile(`${rest}then: [ ${action} ]`);
const many = (targets: string): string =>
  act(`{ restartRollout: { targets: ${targets} } }`, "on: { resource: secrets }\n");
const one = (target: string): string =>
  act(`{ restartRollout: { target: ${target} } }`, "on: { resource: pods }\n");

/** Parameters that are named or written as in other tools: each with the fault of the form that was meant, and a way out. */
export const PARAMETERS: readonly BrokenFile[] = [
  [
    "targets: a bound of 0",
    many("{ referrers: [deployments.apps], atMost: 0 }"),
    /expected 1 or more, not 0/,
  ],
  [
    "referrers: true",
    many("{ referrers: true, atMost: 5 }"),
    /referrers: expected a list/,
    /referrers: \[deployments\.apps\]/,
  ],
  [
    "referrers: a kind",
    many("{ referrers: [Deployment], atMost: 5 }"),
    /"Deployment" is a kind/,
    /deployments\.apps/,
  ],
  [
    "referrers: without a group",
    many("{ referrers: [deployments], atMost: 5 }"),
    /"deployments" has no group/,
    /deployments\.apps/,
  ],
  [
    "referrers: another resource",
    many("{ referrers: [pods], atMost: 5 }"),
    /expected one of deployments\.apps, .*not "pods"/,
  ],
  [
    "referrers: a condition",
    many('{ referrers: [deployments.apps], atMost: 5, where: "true" }'),
    /unknown key "where"/,
    /whereTarget/,
  ],
  [
    "targets: a resource without select",
    act("{ deleteObject: { targets: { resource: pods, atMost: 5 } } }"),
    /unknown key "resource"/,
    /stands inside select/,
  ],
  [
    "targets: labels as fields",
    act(
      "{ deleteObject: { targets: { select: { resource: pods, labelSelector: { app: web } }, atMost: 5 } } }",
    ),
    /labelSelector: expected a text/,
    /write "app=web"/,
  ],
  [
    "targets: the trigger in where",
    act(
      '{ deleteObject: { targets: { select: { resource: pods, where: "target.x == 1" }, atMost: 5 } } }',
    ),
    /unknown variable target/,
    /each object that may be a target/,
  ],
  ["target: a relation as text", one("owner"), /not "owner"/, /target: \{ relation: owner \}/],
  [
    "target: kubectl's form",
    one("deployments/web"),
    /not "deployments\/web"/,
    /resource: deployments\.apps, name: web/,
  ],
  [
    "target: a kind",
    one("{ kind: Deployment, name: web }"),
    /an object is named by its resource/,
    /resource: deployments\.apps/,
  ],
  [
    "target: without a name",
    one("{ resource: deployments.apps }"),
    /target\.name: name is missing/,
    /relation/,
  ],
  [
    "target: a name from CEL",
    one("{ resource: deployments.apps, name: { cel: object.metadata.name } }"),
    /has no expressions/,
    /relation/,
  ],
  [
    "target: an unknown relation",
    one("{ relation: ownr }"),
    /"ownr" is none of the values of relation/,
    /did you mean owner/,
  ],
  [
    "target: without its resource",
    act("{ emitEvent: { reason: A, message: b, target: { relation: owner } } }"),
    /resource is missing/,
    /deployments\.apps/,
  ],
  [
    "a name as a parameter",
    act("{ restartRollout: { name: web } }"),
    /unknown key "name"/,
    /target: \{ name: web \}/,
  ],
  [
    "a CronJob's name as a parameter",
    act("{ createJobFromCronJob: { name: x } }"),
    /unknown key "name"/,
    /cronJob: \{ name: x \}/,
  ],
  [
    "a multiple without a maximum",
    act("{ setResources: { limits: { memory: { times: 2 } } } }"),
    /max is missing/,
    /max: 4Gi/,
  ],
  ["bytes", act("{ setResources: { limits: { memory: 1GB } } }"), /expected a quantity/, /1Gi/],
  [
    "a number of CPUs",
    act("{ setResources: { limits: { cpu: 0.5 } } }"),
    /expected a quantity/,
    /cpu: "0\.5"/,
  ],
  ["a number as a label", act("{ label: { set: { a: 1 } } }"), /expected a text/, /a: "1"/],
  ["fewer than no replicas", act("{ scale: { replicas: -1 } }"), /expected 0 or more/],
  [
    "a taint as in kubectl",
    act('{ taint: "a=b:NoSchedule" }'),
    /expected fields .*not "a=b:NoSchedule"/,
    /key: a, value: b, effect: NoSchedule/,
  ],
  [
    "a JSON patch",
    act("{ patch: [ { op: replace } ] }"),
    /patch: expected fields .*not a list/,
    /set: \{ spec\.replicas: 3 \}/,
  ],
  [
    "a merge patch",
    act("{ patch: { spec: { replicas: 3 } } }"),
    /unknown key "spec"/,
    /set: \{ spec\.replicas: 3 \}/,
  ],
  [
    "two actions in an entry",
    act("{ deleteObject: {}, cordon: {} }"),
    /this is several/,
    /begin each with a dash/,
  ],
  [
    "an action with its name as a value",
    act("{ name: cordon, with: {} }"),
    /must be one action/,
    /cordon: \{ <parameters> \}/,
  ],
  ["an action without parameters", act("cordon"), /must be one action/, /write cordon: \{\}/],
  [
    "an action of another tool",
    act("{ deletePod: {} }"),
    /unknown action deletePod/,
    /deleteObject, or evictPod/,
  ],
  [
    "a rollback by kubectl's name",
    act("{ rollback: {} }"),
    /unknown action rollback/,
    /did you mean rollbackDeployment\?/,
  ],
  [
    "a drain with kubectl's timeout",
    act("{ drain: { timeout: 5m } }", "on: { resource: nodes }\nreach: cluster\n"),
    /unknown key "timeout"/,
    /did you mean within\?/,
  ],
  [
    "a drain that ignores DaemonSets",
    act("{ drain: { ignoreDaemonsets: true } }", "on: { resource: nodes }\nreach: cluster\n"),
    /unknown key "ignoreDaemonsets"/,
    /always stay/,
  ],
  [
    "a Job without restartPolicy",
    act(
      "{ createJob: { job: { spec: { template: { spec: { containers: [ { name: a } ] } } } } } }",
    ),
    /restartPolicy is missing/,
    /Never, or OnFailure/,
  ],
  [
    "a Job without containers",
    act(
      "{ createJob: { job: { spec: { template: { spec: { restartPolicy: Never, containers: [] } } } } } }",
    ),
    /expected a container$/m,
  ],
  [
    "the specification of a Job beside it",
    act("{ createJob: { spec: {} } }"),
    /unknown key "spec"/,
    /below job/,
  ],
  [
    "a Job that is a file",
    act("{ createJob: { job: job.yaml } }"),
    /expected fields \(key: value\)/,
    /no file/,
  ],
  [
    "a generated name of a Job",
    act(
      "{ createJob: { job: { metadata: { generateName: a- }, spec: { template: { spec: { restartPolicy: Never, containers: [ { name: a } ] } } } } } }",
    ),
    /unknown key "generateName"/,
    /did you mean name/,
  ],
  [
    "variables as a list",
    act("{ createJobFromCronJob: { env: [ { name: A, value: b } ] } }"),
    /expected names|expected fields/,
    /env: \{ NAME: value/,
  ],
  [
    "an owner that createJob does not have",
    act(
      "{ createJob: { owner: controller, job: { spec: { template: { spec: { restartPolicy: Never, containers: [ { name: a } ] } } } } } }",
    ),
    /"controller" is none of the values of owner/,
    /none, trigger/,
  ],
  [
    "once: object, of a rule that compares fields",
    ruleFile(
      "on: { resource: configmaps, changed: { fields: [data], unknown: skip } }\nonce: object",
    ),
    /once: object stays the same/,
    /remove once/,
  ],
  [
    "once: generation, of a rule that compares labels",
    ruleFile(
      "on: { resource: deployments.apps, changed: { fields: [metadata.labels], unknown: skip } }\nonce: generation",
    ),
    /once: generation stays the same/,
    /remove once/,
  ],
  [
    "changed beside on",
    ruleFile("changed: { fields: [data], unknown: skip }"),
    /unknown key "changed"/,
    /below on/,
  ],
  ["redact inside a rule", ruleFile("redact: []"), /unknown key "redact"/, /top of the file/],
  [
    "the field of a Pod that names its Node",
    one("{ relation: nodeName }"),
    /"nodeName" is none of the values of relation/,
    /did you mean node\?/,
  ],
];
