/** A broken pipeline file: what it is, its text, and what its faults and hints must say. */
export type BrokenFile = readonly [what: string, text: string, message: RegExp, hint?: RegExp];

const HEAD = "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: prod }\n";
const ALERT = `[ { alert: { to: ops, summary: "'x'" } } ]`;

/** A pipeline of one rule, from the lines of the rule; what it lacks is filled in. */
export function ruleFile(lines: string): string {
  const missing = [
    ["on:", "on: { resource: jobs.batch }"],
    ["once:", "once: object"],
    ["then:", `then: ${ALERT}`],
  ].flatMap(([key = "", line = ""]) => (new RegExp(`^${key}`, "m").test(lines) ? [] : [line]));
  const all = ["id: a", ...missing, ...lines.split("\n")].map((line) => `    ${line}`);
  return `${HEAD}rules:\n  - ${all.join("\n").trimStart()}\n`;
}

const on = (resource: string): string => ruleFile(`on: { resource: ${resource} }`);
const where = (cel: string): string => ruleFile(`where: ${cel}`);
const summary = (text: string): string =>
  ruleFile(`then: [ { alert: { to: ops, summary: ${text} } } ]`);
const job = (parameters: string, rest = ""): string =>
  ruleFile(`then: [ { createJobFromCronJob: { ${parameters} } } ]${rest}`);

const RESOURCES: readonly BrokenFile[] = [
  ["all resources", on('"*"'), /one resource/, /a rule for each/],
  ["an apiVersion", on("batch/v1"), /is an apiVersion/, /cronjobs\.batch, jobs\.batch/],
  ["a short name", on("po"), /"po" is a short name/, /did you mean pods\?/],
  ["another short name", on("deploy"), /"deploy" is a short name/, /deployments\.apps/],
  ["a short name of a budget", on("pdb"), /short name/, /poddisruptionbudgets\.policy/],
  ["a short name in capitals", on("HPA"), /short name/, /horizontalpodautoscalers\.autoscaling/],
  ["a kind", on("CronJob"), /"CronJob" is a kind/, /cronjobs\.batch/],
  ["a singular", on("deployment"), /"deployment" is a kind/, /deployments\.apps/],
  ["a plural without its group", on("cronjobs"), /"cronjobs" has no group/, /cronjobs\.batch/],
  ["a kind with its group", on("Deployment.apps"), /is a kind/, /deployments\.apps/],
  ["a version, as in kubectl", on("jobs.v1.batch"), /names a version/, /jobs\.batch/],
  ["a version of a core resource", on("pods.v1."), /names a version/, /write pods:/],
  ["a version behind a slash", on("cronjobs.batch/v1"), /names a version/, /cronjobs\.batch/],
  ["a path", on("apps/v1/deployments"), /names a version/, /deployments\.apps/],
  ["a path of the API", on("/apis/apps/v1/deployments"), /names a version/, /deployments\.apps/],
  ["a subresource", on("deployments.apps/status"), /not a resource name/, /deployments\.apps/],
  [
    "a version of a custom resource",
    on("workflows.v1alpha1.argoproj.io"),
    /names a version, v1alpha1/,
    /write workflows\.argoproj\.io/,
  ],
  [
    "a kind of a custom resource",
    on("Workflow.argoproj.io"),
    /not a resource name/,
    /workflows\.argoproj\.io/,
  ],
  ["a misspelt resource", on("job.batch"), /"job\.batch" is a kind/, /jobs\.batch/],
  ["a misspelt group", on("jobs.bacth"), /unknown resource/, /jobs\.batch/],
  ["a resource that answers questions", on("bindings"), /cannot be listed and watched/],
];

const EXPRESSIONS: readonly BrokenFile[] = [
  [
    "a label with a slash",
    where(`object.metadata.labels.app.kubernetes.io/name == "x"`),
    /is no name of a field/,
    /object\.metadata\.labels\["app\.kubernetes\.io\/name"\]/,
  ],
  ["a format", summary("'%s failed'"), /plain text/],
  [
    "plain text as a summary",
    summary('"Backup job failed"'),
    /plain text/,
    /"'Backup job failed'"/,
  ],
  ["one word as a summary", summary("failed"), /plain text/, /"'failed'"/],
  [
    "text with a comma and a dash",
    summary('"Job failed - call me, please"'),
    /plain text/,
    /call me/,
  ],
  [
    "a Go template",
    summary('"Job {{ .metadata.name }} failed"'),
    /template/,
    /'Job ' \+ object\.metadata\.name/,
  ],
  [
    "a template with the object",
    summary('"{{ object.metadata.name }}"'),
    /template/,
    /"object\.metadata\.name"/,
  ],
  [
    "a shell variable",
    summary("'Job ${metadata.name} failed'"),
    /template/,
    /object\.metadata\.name/,
  ],
  [
    "a template in a condition",
    where(`"{{ .status.failed }} > 3"`),
    /template/,
    /object\.status\.failed > 3/,
  ],
  [
    "has() of an index",
    where(`'!has(object.metadata.labels["helm.sh/chart"])'`),
    /has\(\) takes a field/,
    /"helm\.sh\/chart" in object\.metadata\.labels/,
  ],
  [
    "a field without object",
    where("status.failed > 3"),
    /unknown variable status/,
    /object\.status/,
  ],
  ["self", where("self.status.failed > 3"), /unknown variable self/, /called object/],
  [
    "the old object",
    where("oldObject.spec != object.spec"),
    /unknown variable oldObject/,
    /not as it was before/,
  ],
  ["True", where("object.spec.suspend == True"), /unknown variable True/, /write true/],
  ["one equals sign", where("object.status.failed = 3"), /equality is ==/],
  ["and", where("object.status.failed > 3 and true"), /and is &&/],
  ["an unclosed bracket", where("(object.status.failed > 3"), /never closed/],
  ["an unclosed text", where("object.metadata.name == 'a"), /closing quote/],
  ["an empty condition", where('""'), /empty/],
  ["a condition that is a number", where("5"), /expected a CEL expression/],
  ["a condition that gives text", where("object.metadata.name"), /gives text, not true or false/],
  [
    "a field that does not exist",
    where("object.status.phase == 'Failed'"),
    /JobStatus has no field phase|has no field phase/,
  ],
  [
    "a misspelt field",
    where("object.spec.backofLimit > 3"),
    /has no field backofLimit/,
    /backoffLimit/,
  ],
  ["text compared with a number", where("object.metadata.name > 3"), /cannot be applied to text/],
  [
    "a list without a macro",
    where("object.status.conditions.type == 'Failed'"),
    /a list has no field type/,
    /exists/,
  ],
];

const TIMES: readonly BrokenFile[] = [
  [
    "a time in words",
    ruleFile("at: every day at 22:00"),
    /no moment that CEL can give/,
    /timestamp/,
  ],
  ["a day in words", ruleFile("at: tomorrow"), /no moment that CEL can give/],
  ["a time of day in UTC", ruleFile("at: '22:00:00Z'"), /time of day|no moment/],
  [
    "an age in hours",
    where("(now - timestamp(object.status.startTime)).getHours() > 2"),
    /nothing would wake the rule/,
  ],
  ["a time of day", ruleFile("at: '22:00'"), /"22:00" is a time of day/, /timestamp\(/],
  [
    "a time of day with a zone",
    ruleFile('at: "22:00 Europe/Berlin"'),
    /time of day/,
    /timestamp\(/,
  ],
  ["an hour", ruleFile("at: 10pm"), /time of day/],
  ["a cron line", ruleFile('at: "0 22 * * *"'), /cron line/, /not a schedule/],
  ["a cron line of weekdays", ruleFile('at: "*/5 8-18 * * MON-FRI"'), /cron line/],
  ["a cron word", ruleFile('at: "@daily"'), /cron line/],
  ["a number as a time", ruleFile('at: "1"'), /no moment that CEL can give/],
  ["a date", ruleFile("at: 2026-12-24"), /no CEL timestamp/, /timestamp\('2026-12-24T00:00:00Z'\)/],
  ["a duration as a time", ruleFile("at: 10m"), /a duration, not a moment/, /for: 10m/],
  ["a duration in words", ruleFile("for: 10 minutes"), /expected a duration/, /write 10m/],
  [
    "a duration in weeks",
    ruleFile("giveUpAfter: 1w\nthen: [ { createJobFromCronJob: null } ]"),
    /expected a duration/,
    /write 7d/,
  ],
  ["a duration in ISO 8601", ruleFile("for: PT10M"), /expected a duration/, /write 10m/],
  ["a duration without a unit", ruleFile("for: 90"), /90 has no unit/, /90s, 90m or 90h/],
  ["half hours", ruleFile("for: 1.5h"), /expected a duration/, /write 90m/],
  ["no time at all", ruleFile("for: 0s"), /expected a duration|shorter/],
  ["milliseconds", ruleFile("for: 500ms"), /shorter than a second/],
  [
    "years",
    ruleFile("giveUpAfter: 400d\nthen: [ { createJobFromCronJob: null } ]"),
    /longer than a year/,
  ],
  [
    "a moment that is over",
    ruleFile("at: timestamp('2001-01-01T00:00:00Z')"),
    /is over, so the rule would not wait/,
  ],
  [
    "a moment that never comes",
    ruleFile("at: timestamp('9000-01-01T00:00:00Z')"),
    /a lifetime away/,
  ],
  ["both for and at", ruleFile("for: 10m\nat: object.status.startTime"), /exclude each other/],
  [
    "an age that no change reports",
    where('now - timestamp(object.status.startTime) > duration("1h")'),
    /nothing would wake the rule/,
    /for: 1h.*at: timestamp\(object\.status\.startTime\) \+ duration\('3600s'\)/,
  ],
  [
    "a moment that no change reports",
    where("now > timestamp(object.metadata.creationTimestamp) + duration('24h')"),
    /nothing would wake the rule/,
  ],
  [
    "a negated age",
    where(`"!(now - timestamp(object.metadata.creationTimestamp) < duration('24h'))"`),
    /nothing would wake the rule/,
  ],
];

const DEAD: readonly BrokenFile[] = [
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

const ACTIONS: readonly BrokenFile[] = [
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
    /expected \{select: \{resource, .*atMost\}/,
  ],
  [
    "one target and many",
    ruleFile(
      "then: [ { deleteObject: { target: trigger, targets: { select: { resource: pods }, atMost: 5 } } } ]",
    ),
    /unknown key "target"/,
    /allowed here: targets/,
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
  ["a negative position", job("cronJob: { relation: involved, index: -1 }"), /expected >=0/],
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

const KEYS: readonly BrokenFile[] = [
  [
    "a pattern of namespaces",
    ruleFile('on: { resource: jobs.batch, namespaces: ["prod-*"] }'),
    /is a pattern/,
    /labelSelector/,
  ],
  [
    "all namespaces as a star",
    ruleFile('on: { resource: jobs.batch, namespaces: ["*"] }'),
    /is no namespace/,
    /leave namespaces out/,
  ],
  [
    "one namespace as text",
    ruleFile("on: { resource: jobs.batch, namespaces: prod }"),
    /expected a list of namespace names/,
    /\[prod\]/,
  ],
  [
    "namespaces of nodes",
    ruleFile("on: { resource: nodes, namespaces: [a] }"),
    /have no namespaces/,
  ],
  [
    "labels as fields",
    ruleFile("on: { resource: jobs.batch, labelSelector: { app: x, tier: db } }"),
    /expected text/,
    /"app=x,tier=db"/,
  ],
  [
    "matchLabels",
    ruleFile("on: { resource: jobs.batch, labelSelector: { matchLabels: { app: x } } }"),
    /expected text/,
    /"app=x"/,
  ],
  [
    "a label selector that cannot be read",
    ruleFile('on: { resource: jobs.batch, labelSelector: "app ~ x" }'),
    /not a label requirement/,
  ],
  [
    "a set of fields",
    ruleFile(
      'on: { resource: events, fieldSelector: "involvedObject.kind in (Pod,Job)" }\nonce: change',
    ),
    /not a field requirement/,
    /where/,
  ],
  [
    "a field that is not selectable",
    ruleFile("on: { resource: jobs.batch, fieldSelector: status.phase=Failed }"),
    /selects jobs\.batch by status\.phase/,
    /status\.successful/,
  ],
  [
    "a misspelt selectable field",
    ruleFile("on: { resource: pods, fieldSelector: status.fase=Failed }"),
    /selects pods by/,
    /status\.phase/,
  ],
  [
    "a change of other tools",
    ruleFile("on: { resource: jobs.batch, changes: [update] }"),
    /none of the values of changes/,
    /did you mean modified\?/,
  ],
  [
    "all changes as a star",
    ruleFile('on: { resource: jobs.batch, changes: ["*"] }'),
    /none of the values|expected one of/,
    /\[added/,
  ],
  [
    "a change as text",
    ruleFile("on: { resource: jobs.batch, changes: added }"),
    /expected a list/,
    /\[added\]/,
  ],
  ["on as text", ruleFile("on: jobs.batch"), /expected fields/, /on: \{ resource: jobs\.batch \}/],
  [
    "on that became true",
    ruleFile("on: { resource: jobs.batch }").replace(" on:", " true:"),
    /was on, until/,
    /"on":/,
  ],
  ["if", ruleFile("if: object.status.failed > 3"), /unknown key "if"/, /where/],
  [
    "a mode of other tools",
    ruleFile("guards: { mode: audit }"),
    /none of the values of mode/,
    /dryRun/,
  ],
  ["a misspelt mode", ruleFile("guards: { mode: dryrun }"), /none of the values of mode/, /dryRun/],
  [
    "a limit that does not exist yet",
    ruleFile("guards: { cooldown: 10m }"),
    /unknown key "cooldown"/,
    /once/,
  ],
  [
    "an episode in capitals",
    ruleFile("once: Object"),
    /does not identify an episode/,
    /did you mean object\?/,
  ],
  [
    "a condition as an episode",
    ruleFile("once: Failed"),
    /does not identify an episode/,
    /\{ condition: Failed \}/,
  ],
  [
    "a misspelt condition",
    ruleFile("once: { conditions: Failed }"),
    /does not identify an episode/,
    /\{ condition: Failed \}/,
  ],
  [
    "a condition of a kind without",
    ruleFile("on: { resource: configmaps }\nonce: { condition: Ready }"),
    /needs status\.conditions/,
  ],
  [
    "a generation of a kind without",
    ruleFile("on: { resource: configmaps }\nonce: generation"),
    /have no generation/,
  ],
  ["reach as a star", job("cronJob: owner", '\nreach: "*"'), /expected cluster/, /reach: cluster/],
  ["an id in capitals", ruleFile("once: object").replace("id: a", "id: My Rule"), /a rule's id is/],
  [
    "a JSONPath to redact",
    `${HEAD}watch: [ { resource: pods } ]\nredact: [ { resource: pods, paths: ["$.spec.containers"] } ]\n`,
    /JSONPath/,
  ],
  [
    "a field to redact that does not exist",
    `${HEAD}watch: [ { resource: pods } ]\nredact: [ { resource: pods, paths: ["spec.container[*].env"] } ]\n`,
    /would redact nothing/,
  ],
];

const YAML: readonly BrokenFile[] = [
  ["an empty file", "", /empty/],
  ["a comment alone", "# nothing\n", /empty/],
  ["a list", "- a\n", /expected a pipeline/],
  ["a text", "hello\n", /expected a pipeline/],
  [
    "a ConfigMap",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: {}\n",
    /this is a ConfigMap/,
  ],
  [
    "another version",
    ruleFile("once: object").replace("v1alpha1", "v1"),
    /expected kubemend\.dev\/v1alpha1/,
  ],
  [
    "two documents",
    `${ruleFile("once: object")}---\n${ruleFile("once: object")}`,
    /YAML: a second document/,
    /one document/,
  ],
  [
    "a merge key",
    ruleFile("once: object").replace("- id", "- <<: { once: object }\n    id"),
    /merge keys/,
    /write the keys out/,
  ],
  [
    "a key that is written twice",
    ruleFile("once: object\nonce: change"),
    /YAML: the key "once" is written twice/,
  ],
  ["a tab", ruleFile("once: object").replace("    once", "\tonce"), /YAML: /],
  [
    "a wrong indentation",
    ruleFile("once: object").replace("    once", "   once"),
    /YAML: .*(?:indented|key: value)/,
  ],
  ["an unclosed bracket", `${HEAD}rules: [ { id: a\n`, /YAML: .*(?:bracket|comma)/],
  ["an unclosed quote", `${HEAD}rules: "a\n`, /YAML: a quote is never closed/],
  [
    "a tag",
    where("!has(object.spec)"),
    /YAML: this CEL needs quotes/,
    /where: '!has\(object\.spec\)'/,
  ],
  [
    "CEL that begins with a quote",
    where('"a" in object.metadata.labels'),
    /YAML: this CEL needs quotes/,
    /'"a" in object\.metadata\.labels'/,
  ],
  ["CEL with a colon", where("object.spec.suspend ? true : false"), /YAML: this CEL needs quotes/],
  [
    "CEL that begins with a bracket",
    where("['a', 'b'].exists(x, x == object.metadata.name)"),
    /YAML: this CEL needs quotes/,
  ],
  ["an alias of nothing", where("*name"), /YAML: \*name refers to an anchor/],
  ["a reserved character", where("@name"), /YAML: this CEL needs quotes|cannot begin with/],
  [
    "an unquoted comma in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, where: object.status.conditions.exists(c, c.type == "Failed"), once: object }\n  - id: a',
    ),
    /YAML: this CEL needs quotes/,
    /where: 'object\.status\.conditions\.exists\(c, c\.type == "Failed"\)'/,
  ],
  [
    "an unquoted list in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, where: object.metadata.name in ["a", "b"], once: object, then: [ { alert: { to: o } } ] }\n  - id: a',
    ),
    /YAML: this CEL needs quotes/,
  ],
  [
    "an unquoted map in { }",
    ruleFile("once: object").replace(
      "- id: a",
      '- { id: b, once: { key: object.metadata.labels["a"] + "x" }, then: [ ] }\n  - id: a',
    ),
    /YAML: this CEL needs quotes|key/,
  ],
  [
    "an escape that means nothing",
    ruleFile(String.raw`where: "object.metadata.name.matches('\d')"`),
    /YAML: .*inside double quotes/,
  ],
  ["deep nesting", `${HEAD}rules: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`, /nested/],
  [
    "deep nesting of fields",
    `${HEAD}rules: ${"{a: ".repeat(5_000)}1${"}".repeat(5_000)}\n`,
    /nested/,
  ],
  [
    "aliases of aliases",
    `${HEAD}a: &a [x]\nb: &b [${"*a,".repeat(99)}*a]\nc: [${"*b,".repeat(99)}*b]\n`,
    /YAML: aliases are repeated|more than/,
  ],
  ["infinity", where(".inf"), /not a JSON value|no form in JSON|CEL expression/],
  ["control characters", `${HEAD}"\\u001b[31m": 1\n`, /unknown key/],
  ["a key that is a list", `${HEAD}? [a, b]\n: c\n`, /unknown key|YAML/],
];

export const BROKEN_FILES: readonly BrokenFile[] = [
  ...RESOURCES,
  ...EXPRESSIONS,
  ...TIMES,
  ...DEAD,
  ...ACTIONS,
  ...KEYS,
  ...YAML,
];
