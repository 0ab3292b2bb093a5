import { CHANGED_KEYS, SOURCES_KEY } from "./changed-docs.ts";
import { TIME_KEYS } from "./time-docs.ts";
import { GUARD_KEYS } from "./guard-docs.ts";
import { RECEIVER } from "./receiver-docs.ts";
import { ROUTE } from "./route-docs.ts";
import { MOVES } from "./move-grant-docs.ts";
import { REDACT, selection, WATCH } from "./watch-docs.ts";
import type { KeyGroup } from "./key-doc.ts";

const FILE: KeyGroup = {
  title: "The file",
  at: "",
  intro:
    "A pipeline is one YAML or JSON document of at most 1 MiB. The relay reads it from a ConfigMap, and the functions have it packed.",
  keys: [
    {
      key: "apiVersion",
      description: "The version of the file's format.",
      example: "apiVersion: kubemend.dev/v1alpha1",
    },
    { key: "kind", description: "Always Pipeline.", example: "kind: Pipeline" },
    {
      key: "cluster",
      description: "The cluster that is watched and remediated.",
      example: "cluster: { name: prod-eu-1 }",
    },
    {
      key: "cluster.name",
      description: "Its name, for people: alerts and records carry it.",
      example: "cluster: { name: prod-eu-1 }",
    },
    {
      key: "clusters",
      description:
        "Other clusters that functions reach, each with a name, its access (one of kubeconfig, secret, parameter, eks; see docs/access.md), and the uid of its namespace kube-system, if a server with another uid is to be refused or rules take changes of that cluster (on.clusters).",
      default: "none",
      example: "clusters: [{ name: backup-eu, access: { secret: kubemend/backup-eu } }]",
    },
    {
      key: "receivers",
      description:
        "Where alerts go, by the names that alert: { to } uses. Every alert is a line in the log of notify, too. A file without receivers has only the log, and may use any names.",
      default: "only the log",
      example:
        "receivers: { data-oncall: { slack: { channel: '#data-oncall', token: { secret: kubemend/slack } } } }",
    },
    {
      key: "route",
      description:
        "Which receivers get the alerts whose rule names none. Needs receivers. A list that is asked in its order, as in Alertmanager.",
      default: "the receiver default gets them",
      example:
        "receivers: { ops: { eventBridge: { bus: default } }, pager: { pagerduty: { routingKey: { secret: kubemend/pagerduty } } } }\nroute: [ { when: { severity: critical }, to: [pager, ops] }, { to: ops } ]",
    },
    {
      key: "rules",
      description: "What to do about which changes. A file needs a rule or an entry of watch.",
      default: "none",
      example: `rules: [ { id: a, on: { resource: pods }, then: [ { alert: { to: ops, summary: "'x'" } } ] } ]`,
    },
    {
      key: "watch",
      description: "Objects whose changes are sent to the queue although no rule needs them.",
      default: "none: the rules alone say what is watched",
      example: "watch: [ { resource: configmaps } ]",
    },
    {
      key: "moves",
      description:
        "What functions may move to other clusters. Each unfinished Move is carried out by transfer if an entry covers it (docs/move.md).",
      default: "none: only kubemend move carries Moves out",
      example:
        "clusters: [{ name: backup-eu, access: { secret: kubemend/backup-eu } }]\nmoves: [ { to: [backup-eu], resources: [configmaps], namespaces: [shop] } ]",
    },
    {
      key: "redact",
      description:
        "Fields that never leave the cluster, in addition to data and stringData of Secrets. Rules that read them are refused.",
      default: "only the values of Secrets",
      example: 'redact: [ { resource: pods, paths: ["spec.containers[*].env"] } ]',
    },
  ],
};

const RULE: KeyGroup = {
  title: "A rule",
  at: "rules[]",
  intro:
    "A rule sees the changes of what it watches, and acts once per episode. Expressions are CEL, see [the variables and functions](cel.md).",
  keys: [
    {
      key: "id",
      description:
        "The rule's name, unique in the file: lower-case letters, digits and -. It is a part of the names of its records.",
      example: "id: rerun-failed-backup",
    },
    {
      key: "on",
      description: "Which changes the rule sees.",
      example: "on: { resource: jobs.batch }",
    },
    ...selection("on."),
    {
      key: "on.changes",
      description:
        "The kinds of change: added, modified, deleted, left (the object still exists, but is no longer selected). With on.changed only modified, unless added is named too.",
      default: "[added, modified]",
      example: "on: { resource: jobs.batch, changes: [added, modified, deleted] }",
    },
    ...CHANGED_KEYS,
    SOURCES_KEY,
    {
      key: "where",
      description:
        "CEL that gives true or false for a change. A field that the object does not have makes it unknown, which is no match.",
      default: "every change matches",
      example: `where: object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")`,
    },
    {
      key: "once",
      description:
        "The episode in which the rule acts once: object (its uid), generation (metadata.generation), change, { condition: <type> } (by its lastTransitionTime), or { key: <CEL that gives text> }.",
      default:
        "change, if on.changed is set; else the condition that where tests in the form exists(c, c.type == ...); else object, for Jobs and Pods; else it must be written",
      example: "once: { condition: Failed }",
    },
    {
      key: "initial",
      description:
        "Whether the rule sees the objects that exist when its watch is started for the first time: include or skip.",
      default: "skip",
      example: "initial: include",
    },
    {
      key: "for",
      description:
        "How long the match must hold without a break before the rule acts. It needs an episode that shows a break: a condition, a generation, or a key with a time.",
      default: "at once",
      example: "for: 10m\nonce: { condition: Failed }",
    },
    {
      key: "at",
      description:
        "CEL that gives the moment at which the rule acts: a timestamp, or text in RFC 3339. A moment that is over means at once. It excludes for.",
      default: "at once",
      example: "at: timestamp(object.status.startTime) + duration('2h')",
    },
    {
      key: "then",
      description: "The actions, in their order. Each entry is one action with its parameters.",
      example: `then: [ { createJobFromCronJob: { cronJob: owner } }, { alert: { to: ops, summary: "'failed'" } } ]`,
    },
    {
      key: "reach",
      description:
        "Where the rule may act beyond the trigger itself and its namespace: cluster, or a list of namespaces. With cluster it acts on nothing in kube-system, kube-public, kube-node-lease and kubemend, except that a Node is drained of their Pods too; a list may name them.",
      default: "the trigger and its namespace",
      example:
        "reach: [operations]\nthen: [ { createJobFromCronJob: { cronJob: { namespace: operations, name: repair } } } ]",
    },
    {
      key: "whereTarget",
      description:
        "CEL on the live object that would be acted upon, which is the variable object here. Required with a reach on Events, and for what the trigger refers to, but not for an owner in a namespace.",
      default: "any target",
      example:
        "whereTarget: object.metadata.labels['repair'] == 'yes'\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "verify",
      description:
        "What must come true for the object that was created or changed; otherwise the remediation has failed. Without where each action verifies its own effect: the rollout is complete, the Job has completed, the object is gone. A Job that has failed for good is not waited for.",
      default: "nothing is verified",
      example:
        "verify: { where: object.status.succeeded == 1 }\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "verify.where",
      description:
        "CEL on the object that was created or changed, which is the variable object here.",
      default: "what each action verifies by itself",
      example:
        "verify: { where: object.status.succeeded == 1 }\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "verify.within",
      description: "By when it must hold.",
      default: "10m; without where, the time that fits the action",
      example:
        "verify: { where: object.status.succeeded == 1, within: 30m }\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "onFailure",
      description:
        "Up to three actions that are tried one after the other if then has failed, until one succeeds. Each is planned when its turn comes, on the objects as they are then, so it can undo what then has done.",
      default: "nothing else is tried",
      example:
        "onFailure: [ { createJobFromCronJob: { cronJob: { name: restore } } } ]\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "ifGone",
      description:
        "What to do if the object is gone before its remediation begins: refuse, or act on its last reported state, which needs signed messages.",
      default: "refuse, and send the alerts",
      example: "ifGone: act\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "giveUpAfter",
      description:
        "How long what fails for a reason that may pass is tried again, from its first failure.",
      default: "1h",
      example: "giveUpAfter: 2h\nthen: [ { createJobFromCronJob: null } ]",
    },
    {
      key: "guards",
      description: "How carefully the rule acts: its mode, and what holds its remediations back.",
      default: "{ mode: enforce }, and the limits below",
      example: "guards: { mode: dryRun }",
    },
    {
      key: "guards.mode",
      description:
        "enforce acts; dryRun only records what it would do; approval waits for a person, and needs an alert that asks.",
      default: "enforce",
      example: `guards: { mode: approval }\nthen: [ { createJobFromCronJob: null }, { alert: { to: ops, summary: "'please approve'" } } ]`,
    },
    {
      key: "guards.approveWithin",
      description: "In mode approval: how long a plan waits for the decision.",
      default: "24h",
      example: `guards: { mode: approval, approveWithin: 4h }\nthen: [ { createJobFromCronJob: null }, { alert: { to: ops, summary: "'please approve'" } } ]`,
    },
    ...TIME_KEYS,
    ...GUARD_KEYS,
  ],
};

/** Every key of a pipeline file but the parameters of actions, in the order of the reference page. */
export const KEY_GROUPS: readonly KeyGroup[] = [FILE, RECEIVER, ROUTE, RULE, WATCH, REDACT, MOVES];
