import { CHANGE_ACTION_DOCS } from "./change-action-docs.ts";
import { JOB_ACTION_DOCS, toJobParameterDocs } from "./job-action-docs.ts";
import { MIRROR_DOCS, MOVE_DOCS } from "./cluster-action-docs.ts";
import type { KeyGroup } from "./key-doc.ts";

/** The parameters of each action, by its name. */
export const ACTION_DOCS: Readonly<Record<string, KeyGroup>> = {
  createJobFromCronJob: {
    title: "createJobFromCronJob",
    at: "createJobFromCronJob",
    intro:
      "Runs a CronJob once more: creates a Job from its template, under a name that depends only on the record, so that there is only one.",
    keys: [
      {
        key: "cronJob",
        description:
          "owner is the CronJob that owns the trigger; trigger is the trigger itself, for rules on cronjobs.batch; { name, namespace? } names one, in the trigger's namespace if none is written; { relation, kind?, index? } is another reference of the trigger. With cluster it is the CronJob of the same name and namespace in another cluster of the file, in which the Job is created, too: { cluster } alone is the twin of the trigger if that is a CronJob, and else of its owner.",
        default: "owner",
        example: "cronJob: { name: restore }",
      },
      {
        key: "concurrencyPolicy",
        description:
          "What to do while a run of the CronJob is active, also one that somebody started by hand. honour waits until the run has ended if its own concurrencyPolicy is Forbid or Replace, and runs beside it if that is Allow. wait, replace (delete the run, wait until its Pods are gone, and then create the Job), ignore (run beside it) and refuse do that whatever its policy is; only replace needs the right to delete Jobs, and ignore does not list them.",
        default: "honour",
        example: "concurrencyPolicy: ignore",
      },
      {
        key: "within",
        description:
          "How long it waits for active runs to end or, when they are replaced, until they are gone (then 1h by default). After that the remediation ends as Expired, with an alert; the next match starts again.",
        default: "giveUpAfter of the rule, 1h",
        example: "within: 6h",
      },
      {
        key: "suspend",
        description: "honour refuses while the CronJob is suspended; ignore runs it all the same.",
        default: "honour",
        example: "suspend: ignore",
      },
      {
        key: "owner",
        description:
          "controller makes the CronJob the controller of the Job, so that its history limits apply; plain only deletes the Job with the CronJob; none writes no owner reference.",
        default: "controller",
        example: "owner: plain",
      },
      ...toJobParameterDocs(""),
    ],
  },
  ...JOB_ACTION_DOCS,
  ...CHANGE_ACTION_DOCS,
  mirror: MIRROR_DOCS,
  move: MOVE_DOCS,
  alert: {
    title: "alert",
    at: "alert",
    intro:
      'Sends an alert. In a rule that also remediates it is sent after the steps before it have ended, with the problem if one of them was refused or failed. It goes to a receiver of the file, and is a structured line in the log of the function notify, with the message `alert`, the receiver in `to`, and the level WARN, or ERROR if it reports a problem. If the file has no receivers, subscribe to notify\'s log group with a CloudWatch Logs subscription filter: `{ $.message = "alert" && $.to = "data-oncall" }`.',
    keys: [
      {
        key: "to",
        description:
          "The receiver, by its name in receivers. If none is written, route decides, or else the receiver default gets the alert.",
        default: "route decides",
        example: "to: data-oncall\nsummary: \"'failed'\"",
      },
      {
        key: "summary",
        description: "CEL that gives the text. Text itself is in quotes, inside those of YAML.",
        example: "to: data-oncall\nsummary: \"'backup failed: ' + object.metadata.name\"",
      },
      {
        key: "title",
        description: "CEL that gives the first line, in at most 200 characters.",
        default: "the rule and the object",
        example:
          "to: data-oncall\nsummary: \"'failed'\"\ntitle: \"'Backup of ' + object.metadata.namespace\"",
      },
      {
        key: "severity",
        description:
          "critical, error, warning or info, or { cel: ... } that gives one of them. Receivers show it, and routes select by it.",
        default: "error if the alert reports a problem, otherwise warning",
        example: "to: data-oncall\nsummary: \"'failed'\"\nseverity: critical",
      },
      {
        key: "severityAtLeast",
        description:
          "A severity that is read from the object ({ cel: ... }) is never below this one: whoever writes objects must not be able to keep their alerts from a receiver to which a severity is routed.",
        default: "warning, or error for an alert about a problem",
        example:
          "to: data-oncall\nsummary: \"'failed'\"\nseverity: { cel: object.metadata.labels.severity }\nseverityAtLeast: info",
      },
      {
        key: "labels",
        description:
          "Up to 20 names with texts, or { cel: ... }, by which routes and receivers select.",
        default: "none",
        example:
          "to: data-oncall\nsummary: \"'failed'\"\nlabels: { area: backup, team: { cel: object.metadata.labels.team } }",
      },
      {
        key: "runbook",
        description:
          "The https address of what to do, or { cel: ... } that gives it. Receivers show it as a link.",
        default: "none",
        example:
          "to: data-oncall\nsummary: \"'failed'\"\nrunbook: https://runbooks.example.com/backup",
      },
      {
        key: "fields",
        description:
          "Up to 20 names with CEL that gives what is shown, at most 500 characters each. A value that cannot be evaluated says so in its place.",
        default: "none",
        example: "to: data-oncall\nsummary: \"'failed'\"\nfields: { Node: object.spec.nodeName }",
      },
      {
        key: "groupBy",
        description:
          "CEL that gives text: the alerts of the rule with the same text are one group. Those of different namespaces stay apart, because whoever writes an object chooses the text; see acrossNamespaces. Beyond 20 texts of a namespace in an hour, the others share one group.",
        default: "one group for each namespace",
        example: "to: data-oncall\nsummary: \"'failed'\"\ngroupBy: object.metadata.labels.team",
      },
      {
        key: "acrossNamespaces",
        description:
          "true: alerts of all namespaces are one group, or one for each text of groupBy. Then the silence, the window and the end of a group are about all of them, and its messages name the namespaces.",
        default: "false",
        example:
          "to: data-oncall\nsummary: \"'failed'\"\ngroupBy: object.spec.nodeName\nacrossNamespaces: true",
      },
      {
        key: "window",
        description:
          "The first alert of a group is sent at once, and those that come within this time as one message, with their number and up to ten names. At most 24h.",
        default: "5m",
        example: "to: data-oncall\nsummary: \"'failed'\"\nwindow: 10m",
      },
      {
        key: "repeat",
        description:
          "How long after a message the receiver is reminded of alerts that are still open.",
        default: "4h",
        example: "to: data-oncall\nsummary: \"'failed'\"\nrepeat: 1d",
      },
      {
        key: "group",
        description: "off sends each alert by itself, and none is resolved.",
        default: "grouped",
        example: "to: data-oncall\nsummary: \"'failed'\"\ngroup: off",
      },
    ],
  },
};
