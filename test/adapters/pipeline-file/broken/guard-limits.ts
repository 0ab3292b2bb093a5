import { ruleFile, type BrokenFile } from "./rule-file.ts";

const guards = (written: string): string =>
  ruleFile(`guards: { ${written} }\nthen: [ { createJobFromCronJob: null } ]`);
const optIn = (selector: string): string => guards(`optIn: { labelSelector: "${selector}" }`);

const DNS = "{ resource: deployments.apps, namespace: kube-system, name: dns }";

/** Those that JSON Schema cannot see. */
export const LEFT_ALONE: readonly BrokenFile[] = [
  [
    "an opt-in that everything without a label has made",
    optIn("!mend"),
    /selects objects without any label, so nobody would have to opt in/,
    /write a label that an owner sets/,
  ],
  ["an opt-in by labels that cannot be read", optIn("mend==yes==no"), /not a label requirement/],
  [
    "a target in kube-system that reach does not name",
    ruleFile(`reach: cluster\nthen: [ { restartRollout: { target: ${DNS} } } ]`),
    /a rule acts in kube-system only if reach names it/,
    /write reach: \[kube-system\]/,
  ],
];

const A_RADIUS = /expected a whole number of objects from 1 to 600, a percentage from 1% to 100%/;

export const GUARD_LIMITS: readonly BrokenFile[] = [
  ...LEFT_ALONE,
  ["a part of more than all", guards("blastRadius: 120%"), A_RADIUS],
  ["a part of nothing", guards("blastRadius: 0%"), A_RADIUS],
  ["a part that is no whole percentage", guards("blastRadius: 2.5%"), A_RADIUS],
  ["a part without its upper limit", guards("blastRadius: { percent: 10 }"), /atMost is missing/],
  [
    "a part in percent that is text",
    guards("blastRadius: { percent: 10%, atMost: 5 }"),
    /percent: expected a whole number from 1 to 100/,
  ],
  [
    "an upper limit of no object",
    guards("blastRadius: { percent: 10, atMost: 0 }"),
    /atMost: expected a whole number from 1 to 600/,
  ],
  ["a radius of no object", guards("blastRadius: 0"), /expected a whole number from 1 to 600/],
];
