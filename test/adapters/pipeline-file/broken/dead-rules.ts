import { ruleFile, where, type BrokenFile } from "./rule-file.ts";

export const DEAD: readonly BrokenFile[] = [
  [
    "a phase in small letters",
    ruleFile("on: { resource: pods }\nwhere: object.status.phase == 'failed'"),
    /"failed" is never a value of status\.phase/,
    /"Failed"/,
  ],
  [
    "a condition of another kind",
    where(`"object.status.conditions.exists(c, c.type == 'Completed' && c.status == 'True')"`),
    /"Completed" is never a value of status\.conditions\[\]\.type/,
    /"Complete"/,
  ],
  [
    "a status in small letters",
    where(`"object.status.conditions.exists(c, c.type == 'Failed' && c.status == 'true')"`),
    /"true" is never a value of status\.conditions\[\]\.status/,
    /"True"/,
  ],
  [
    "a phase in a list",
    ruleFile("on: { resource: pods }\nwhere: \"object.status.phase in ['Failed', 'Unknwon']\""),
    /"Unknwon" is never a value/,
  ],
  [
    "a kind of change that is none",
    where("change.kind == 'updated'"),
    /never a value of change\.kind/,
    /modified/,
  ],
  [
    "a condition to wait for that is misspelt",
    ruleFile("once: { condition: failed }"),
    /have no condition failed/,
    /Failed/,
  ],
  [
    "a quantity compared with a number",
    where("object.spec.template.spec.containers[0].resources.limits.memory > 3"),
    /cannot be applied to text/,
  ],
  [
    "a reason of a container that is nearly right",
    ruleFile(
      `on: { resource: pods }\nwhere: 'object.status.containerStatuses.exists(c, c.state.waiting.reason == "CrashLoopBackoff")'`,
    ),
    /"CrashLoopBackoff" is never a value of status\.containerStatuses\[\]\.state\.waiting\.reason/,
    /"CrashLoopBackOff"/,
  ],
  [
    "a quality of service in other letters",
    ruleFile('on: { resource: pods }\nwhere: object.status.qosClass == "Besteffort"'),
    /"Besteffort" is never a value/,
    /"BestEffort"/,
  ],
  [
    "a kind in small letters, of an Event",
    ruleFile('on: { resource: events }\nonce: object\nwhere: object.involvedObject.kind == "pod"'),
    /"pod" is never a value of involvedObject\.kind/,
    /"Pod"/,
  ],
  [
    "a field of a Secret that is never returned",
    ruleFile(
      "on: { resource: secrets, changed: { fields: [stringData], unknown: skip } }\nonce: change",
    ),
    /stringData as data, so it would never change/,
    /write data/,
  ],
  [
    "a compared field inside another one",
    ruleFile(
      "on: { resource: deployments.apps, changed: { fields: [spec, spec.replicas], unknown: skip } }\nonce: change",
    ),
    /spec\.replicas is a part of spec/,
    /one of the two/,
  ],
  ["a constant that is false", where("1 > 2"), /always false, so the rule would never match/],
  [
    "leaving without a selection",
    ruleFile("on: { resource: jobs.batch, changes: [left] }"),
    /can leave a watch without a selector/,
    /labelSelector/,
  ],
  [
    "a verification that never holds",
    ruleFile("verify: { where: '1 > 2' }\nthen: [ { createJobFromCronJob: null } ]"),
    /every remediation would fail/,
  ],
  [
    "a field that the created Job does not have",
    ruleFile(
      "verify: { where: object.status.phase == 'Succeeded' }\nthen: [ { createJobFromCronJob: null } ]",
    ),
    /has no field phase/,
  ],
  [
    "a field that the CronJob does not have",
    ruleFile("whereTarget: object.spec.suspended\nthen: [ { createJobFromCronJob: null } ]"),
    /has no field suspended/,
    /suspend/,
  ],
];
