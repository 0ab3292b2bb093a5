import type { KeyDoc } from "./key-doc.ts";

const THEN = "then: [ { createJobFromCronJob: null } ]";

/** The keys of a rule that hold its remediations back. */
export const GUARD_KEYS: readonly KeyDoc[] = [
  {
    key: "guards.cooldown",
    description:
      "The least time between the starts of two remediations of one object; off: there is none.",
    default: "5m",
    example: `guards: { cooldown: 30m }\n${THEN}`,
  },
  {
    key: "guards.maxInFlight",
    description:
      "How many remediations of the rule may be in progress at once, in all functions together; off: any number. One is in progress until its record has ended, so also while it waits for a verification.",
    default: "10",
    example: `guards: { maxInFlight: 1 }\n${THEN}`,
  },
  {
    key: "guards.maxPerHour",
    description:
      "How many remediations of the rule may be started within an hour; off: any number. In a rule that only alerts: how many messages about new alerts a group sends within an hour, which makes the window of its alerts longer.",
    default: "60; none in a rule that only alerts",
    example: `guards: { maxPerHour: 6 }\n${THEN}`,
  },
  {
    key: "guards.blastRadius",
    description:
      "Of how many objects remediations may be started within an hour: a number, or a percentage of the objects that the rule selects (on), rounded down, but always one, or { percent, atMost }; off: of any number. An object that was remediated within the hour already is none more. The selected objects are counted at most once a minute; with selectors of labels or fields up to 10,000 of them, and in up to 100 namespaces that are selected by their labels. If they cannot be counted, atMost alone counts; without one nothing of another object is started, and the reason says why. A percentage needs the right to list them.",
    default: "off",
    example: `guards: { blastRadius: 20% }\n${THEN}`,
  },
  {
    key: "guards.blastRadius.percent",
    description:
      "The percentage of the objects that the rule selects, rounded down, but always one object.",
    example: `guards: { blastRadius: { percent: 10, atMost: 5 } }\n${THEN}`,
  },
  {
    key: "guards.blastRadius.atMost",
    description:
      "The most objects, however many the rule selects: a percentage alone grows with what anybody creates.",
    example: `guards: { blastRadius: { percent: 10, atMost: 5 } }\n${THEN}`,
  },
  {
    key: "guards.breaker",
    description:
      "Stops a remediation that does not help: the whole rule if the remediations of several objects have failed in a row, and the rule for one object if its remediations fail or it comes back again and again. A failed verification is a failure. After a time one is tried; its end decides. off: failures stop nothing.",
    default: "on, with the defaults of its keys",
    example: `guards: { breaker: off }\n${THEN}`,
  },
  {
    key: "guards.breaker.failures",
    description:
      "How many objects' remediations must have failed in a row to stop the rule. As many failures in a row of one object stop the rule for that object.",
    default: "5",
    example: `guards: { breaker: { failures: 3 } }\n${THEN}`,
  },
  {
    key: "guards.breaker.sameTarget",
    description:
      "After how many remediations of one object, within the time of within, that object is left alone, whether they succeeded or not.",
    default: "4",
    example: `guards: { breaker: { sameTarget: 3, within: 2h } }\n${THEN}`,
  },
  {
    key: "guards.breaker.within",
    description: "The time within which the remediations of one object are counted.",
    default: "1h",
    example: `guards: { breaker: { sameTarget: 3, within: 2h } }\n${THEN}`,
  },
  {
    key: "guards.breaker.halfOpenAfter",
    description:
      "After this time one remediation is tried: if it succeeds the breaker closes, if it fails the time begins again.",
    default: "30m",
    example: `guards: { breaker: { halfOpenAfter: 1h } }\n${THEN}`,
  },
  {
    key: "guards.stormBrake",
    description:
      "If more matches come than matches within the time of within, nothing more is started until it has been quiet for the time of quiet: so many failures at once have one common cause, which a remediation of each does not remove. Every match that has a record counts, also one for which nothing can be done, for example because its object is gone. off: any number of matches is remediated.",
    default: "on, with the defaults of its keys",
    example: `guards: { stormBrake: off }\n${THEN}`,
  },
  {
    key: "guards.stormBrake.matches",
    description: "More matches than this within the time are a storm.",
    default: "100",
    example: `guards: { stormBrake: { matches: 20, within: 1m } }\n${THEN}`,
  },
  {
    key: "guards.stormBrake.within",
    description: "The time within which matches are counted.",
    default: "5m",
    example: `guards: { stormBrake: { matches: 20, within: 1m } }\n${THEN}`,
  },
  {
    key: "guards.stormBrake.quiet",
    description: "How long no match may come before anything is started again.",
    default: "10m",
    example: `guards: { stormBrake: { quiet: 30m } }\n${THEN}`,
  },
  {
    key: "guards.optIn",
    description:
      'Acts only upon objects that have opted in, or whose namespace has. It is asked of the live trigger, and of each object that is changed or copied from, also after waits and approvals. Whatever a rule says, an object is left alone that has the label or annotation kubemend.dev/remediate: "false", or whose namespace has it.',
    default: "what has not opted out is acted upon",
    example: `guards: { optIn: { labelSelector: "kubemend.dev/remediate=true" } }\n${THEN}`,
  },
  {
    key: "guards.optIn.labelSelector",
    description: "The labels that the object or its namespace must have. Annotations do not count.",
    example: `guards: { optIn: { labelSelector: "team in (data, web)" } }\n${THEN}`,
  },
  {
    key: "guards.whenGuarded",
    description:
      "Whether a remediation that a guard holds back waits (defer) or ends at once (refuse). In both cases the next match may start it. With mode approval and refuse, nobody is asked while the remediation would be refused; with defer, an answer that is given before a window opens or a limit is free is kept, and carried out then.",
    default: "defer",
    example: `guards: { whenGuarded: refuse }\n${THEN}`,
  },
  {
    key: "guards.deferFor",
    description:
      "How long a remediation waits that a guard holds back. It is then Expired, and its alerts say which guard it was. `validate` notes it if it is shorter than breaker.halfOpenAfter, stormBrake.quiet, cooldown or the hour of maxPerHour and blastRadius, as what is held back would expire before any of it may start.",
    default: "1h",
    example: `guards: { deferFor: 2h }\n${THEN}`,
  },
];
