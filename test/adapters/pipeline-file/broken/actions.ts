import { job, ruleFile, type BrokenFile } from "./rule-file.ts";

export const ACTIONS: readonly BrokenFile[] = [
  [
    "a restart of a Job",
    ruleFile("then: [ { restartRollout: {} } ]"),
    /restartRollout cannot change jobs\.batch, only deployments\.apps/,
    /name the object/,
  ],
  [
    "an eviction in another namespace",
    ruleFile(
      "on: { resource: pods }\nthen: [ { evictPod: { target: { name: x, namespace: other } } } ]",
    ),
    /not within the reach/,
    /reach: \[other\]/,
  ],
  [
    "a cordon without reach",
    ruleFile("on: { resource: pods }\nthen: [ { cordon: { target: { name: worker-1 } } } ]"),
    /in no namespace/,
    /reach: cluster/,
  ],
  [
    "a deletion by a short name",
    ruleFile("then: [ { deleteObject: { target: { resource: po, name: x } } } ]"),
    /unknown resource po|short name/,
  ],
  [
    "a field that the changed object does not have",
    ruleFile(
      "on: { resource: deployments.apps }\nwhereTarget: object.spec.nothing\nthen: [ { restartRollout: {} } ]",
    ),
    /has no field nothing/,
  ],
  [
    "a CronJob's name that is a template",
    job('cronJob: { name: "{{ .metadata.name }}" }'),
    /cannot be the name/,
  ],
  [
    "the owner of a Pod",
    ruleFile("on: { resource: pods }\nthen: [ { createJobFromCronJob: { cronJob: owner } } ]"),
    /no CronJob owns pods/,
    /jobs\.batch/,
  ],
  [
    "the owner of a Pod, by default",
    ruleFile("on: { resource: pods }\nthen: [ { createJobFromCronJob: null } ]"),
    /no CronJob owns pods/,
  ],
  [
    "the owner of a Node",
    ruleFile("on: { resource: nodes }\nthen: [ { createJobFromCronJob: {} } ]"),
    /cannot own them/,
  ],
  [
    "the owner of an Event",
    ruleFile("on: { resource: events }\nonce: change\nthen: [ { createJobFromCronJob: {} } ]"),
    /an Event has no owner/,
    /relation: involved/,
  ],
  [
    "the owner of a CronJob",
    ruleFile("on: { resource: cronjobs.batch }\nthen: [ { createJobFromCronJob: {} } ]"),
    /no CronJob owns cronjobs/,
    /cronJob: trigger/,
  ],
  [
    "an action that cannot change the trigger",
    ruleFile("on: { resource: jobs.batch }\nthen: [ { restartRollout: {} } ]"),
    /restartRollout cannot change jobs\.batch/,
    /target: \{ resource: deployments\.apps/,
  ],
  ["a trigger that is no CronJob", job("cronJob: trigger"), /no CronJob/, /cronjobs\.batch/],
  [
    "many targets without a bound",
    ruleFile("then: [ { deleteObject: { targets: { select: { resource: pods } } } } ]"),
    /targets\.atMost: atMost is missing/,
    /atMost: 10/,
  ],
  [
    "one target and many",
    ruleFile(
      "then: [ { deleteObject: { target: trigger, targets: { select: { resource: pods }, atMost: 5 } } } ]",
    ),
    /unknown key "target"/,
    /targets and target exclude each other/,
  ],
  [
    "many targets in all namespaces without reach",
    ruleFile(
      'then: [ { deleteObject: { targets: { select: { resource: pods, namespace: "*" }, atMost: 5 } } } ]',
    ),
    /in all namespaces/,
    /reach: cluster/,
  ],
  [
    "many targets in another namespace without reach",
    ruleFile(
      "on: { resource: nodes }\nthen: [ { deleteObject: { targets: { select: { resource: pods, namespace: tools }, atMost: 5 } } } ]",
    ),
    /not within the reach/,
    /reach: \[tools\]/,
  ],
  [
    "many targets of a kind, not of a resource",
    ruleFile(
      "then: [ { deleteObject: { targets: { select: { resource: deploy }, atMost: 5 } } } ]",
    ),
    /deleteObject\.targets: unknown resource deploy/,
    /<plural>\.<group>/,
  ],
  [
    "referrers of what no Pod uses",
    ruleFile(
      "then: [ { restartRollout: { targets: { referrers: [deployments.apps], atMost: 5 } } } ]",
    ),
    /no Pod template uses jobs\.batch/,
    /configmaps, secrets/,
  ],
  [
    "references of candidates",
    ruleFile(
      'then: [ { deleteObject: { targets: { select: { resource: pods, where: "references.size() == 0" }, atMost: 5 } } } ]',
    ),
    /references are not known here/,
    /whereTarget/,
  ],
  [
    "a condition of candidates that is none",
    ruleFile(
      "then: [ { deleteObject: { targets: { select: { resource: pods, where: 1 + 2 }, atMost: 5 } } } ]",
    ),
    /gives a whole number, not true or false/,
  ],
  [
    "targets that the trigger chooses, anywhere",
    ruleFile(
      "reach: cluster\nthen: [ { deleteObject: { targets: { select: { resource: pods, namespace: { cel: object.metadata.name } }, atMost: 5 } } } ]",
    ),
    /selects its targets by what the object says/,
    /whereTarget/,
  ],
  [
    "a drain without reach",
    ruleFile("on: { resource: nodes }\nthen: [ { drain: {} } ]"),
    /the Pods of a Node are in all namespaces/,
    /reach: cluster/,
  ],
  [
    "another namespace without reach",
    job("cronJob: { namespace: data, name: backup }"),
    /not within the reach/,
    /reach: \[data\]/,
  ],
  [
    "another namespace with another reach",
    job("cronJob: { namespace: data, name: backup }", "\nreach: [ops]"),
    /not within the reach/,
    /reach: \[ops, data\]/,
  ],
  [
    "a relation that is a field",
    job("cronJob: { relation: involvedObject }"),
    /none of the values of relation/,
    /did you mean involved\?/,
  ],
  [
    "a relation of Events on a Job",
    job("cronJob: { relation: involved }"),
    /only Events have the relation/,
  ],
  [
    "a relation to another kind",
    job("cronJob: { relation: owner, kind: Job }"),
    /no CronJob/,
    /kind: CronJob/,
  ],
  ["a CronJob as text", job("cronJob: backup"), /expected owner/, /\{ name: backup \}/],
  [
    "a policy of Kubernetes",
    job("concurrencyPolicy: Forbid"),
    /none of the values of concurrencyPolicy/,
    /did you mean honour\?/,
  ],
  ["suspend as a switch", job("suspend: true"), /none of the values of suspend/],
  ["a number as a policy", job("suspend: 1"), /expected honour or ignore/],
  [
    "a number as a receiver",
    ruleFile(`then: [ { alert: { to: 1, summary: "'x'" } } ]`),
    /expected text/,
  ],
  ["a negative position", job("cronJob: { relation: involved, index: -1 }"), /expected 0 or more/],
  ["an unknown action", ruleFile("then: [ { restart: {} } ]"), /unknown action restart/],
  [
    "actions as fields",
    ruleFile(`then: { alert: { to: ops, summary: "'x'" } }`),
    /expected a list of actions/,
    /dash/,
  ],
  ["an action as text", ruleFile("then: [ alert ]"), /one action/],
  [
    "two actions in one entry",
    ruleFile(`then: [ { alert: { to: a, summary: "'x'" }, createJobFromCronJob: {} } ]`),
    /one action/,
  ],
  ["an alert to nobody", ruleFile(`then: [ { alert: { summary: "'x'" } } ]`), /to is missing/],
  ["a misspelt parameter", job("cronjob: owner"), /unknown key "cronjob"/, /cronJob/],
];
