import { ruleFile, type BrokenFile } from "./rule-file.ts";

const withAlert = (parameters: string, rest = ""): string =>
  ruleFile(`then: [ { alert: { to: ops, summary: "'x'", ${parameters} } } ]${rest}`);

/** Alerts that no JSON Schema can know to be wrong. */
export const ALERTS: readonly BrokenFile[] = [
  [
    "a severity that an expression always gives, and that is none",
    withAlert(`severity: { cel: "'catastrophic'" }`),
    /"catastrophic" is no severity: expected one of critical, error, warning, info/,
  ],
  [
    "a severity that one branch of an expression gives, and that is none",
    withAlert(`severity: { cel: "object.metadata.namespace == 'prod' ? 'critical' : 'low'" }`),
    /"low" is no severity/,
  ],
  [
    "a runbook that an expression gives, and that is no https address",
    withAlert(`runbook: { cel: "'http://wiki/backup'" }`),
    /is no https:\/\/ address/,
  ],
  [
    "a label that every alert has",
    withAlert("labels: { namespace: elsewhere }"),
    /every alert has a label namespace, and a rule cannot replace it/,
    /another name/,
  ],
  [
    "a least severity of a severity that is written",
    withAlert("severity: info, severityAtLeast: error"),
    /severityAtLeast is about a severity that is read from the object/,
  ],
  [
    "a number of messages an hour of alerts that have no group",
    withAlert("group: off", "\nguards: { maxPerHour: 2 }"),
    /maxPerHour is about the messages of a group/,
  ],
];
