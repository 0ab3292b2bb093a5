import { HEAD, job, ruleFile, type BrokenFile } from "./rule-file.ts";

export const KEYS: readonly BrokenFile[] = [
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
    "a limit of another name",
    ruleFile("guards: { maxParallel: 3 }"),
    /unknown key "maxParallel"/,
    /maxInFlight/,
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
  [
    "the id of the guard of all rules",
    ruleFile("once: object").replace("id: a", "id: all"),
    /id: all is the name of the guard of all rules/,
  ],
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
  [
    "a mode beside the guards",
    ruleFile("mode: dryRun"),
    /unknown key "mode"/,
    /guards: \{ mode: dryRun \}/,
  ],
];
