import type { KeyDoc } from "./key-doc.ts";

const THEN = "then: [ { createJobFromCronJob: null } ]";
const ASKS = `then: [ { createJobFromCronJob: null }, { alert: { to: ops, summary: "'please approve'" } } ]`;
const PERIOD =
  "A period is written as days, times and a zone: Mon-Fri 22:00-06:00 Europe/Berlin. The days may be left out; a list such as Mon,Wed,Fri is one, too. The zone is one of the IANA database, or UTC. What a clock on a wall in that zone shows decides: a time that the clock skips does not come, and one that it shows twice comes twice. If the second time is not later than the first, the period ends on the next day, and the days are those on which it begins. 24:00 is the end of a day.";

/** The keys of a rule that are about times of day and weeks. */
export const TIME_KEYS: readonly KeyDoc[] = [
  {
    key: "guards.modes",
    description:
      "Instead of mode: modes by time. The first entry that applies counts, and the last one, without during, is the mode at all other times. The mode is chosen when the record is made, and when it is reopened, by the clock of the function, and stored in the record.",
    example: `guards: { modes: [ { during: "22:00-06:00 Europe/Berlin", mode: approval }, { mode: enforce } ] }\n${ASKS}`,
  },
  {
    key: "guards.modes[].during",
    description: `When the mode applies. ${PERIOD}`,
    example: `guards: { modes: [ { during: "Sat-Sun 00:00-24:00 Europe/Berlin", mode: approval }, { mode: enforce } ] }\n${ASKS}`,
  },
  {
    key: "guards.modes[].mode",
    description:
      "enforce or approval: they share one episode. A dry run has an episode of its own, so dryRun is not among them.",
    example: `guards: { modes: [ { during: "Mon-Fri 09:00-17:00 UTC", mode: enforce }, { mode: approval } ] }\n${ASKS}`,
  },
  {
    key: "guards.windows",
    description:
      "Maintenance windows, as periods like those of modes: remediations start only during one of them. Any other is held back until the next begins, for deferFor at most. What has begun is finished, and an approval may be asked for and given at any time.",
    default: "none: at any time",
    example: `guards: { windows: [ "Sat 02:00-04:00 Europe/Berlin" ], deferFor: 7d }\n${THEN}`,
  },
  {
    key: "guards.freezes",
    description:
      "Times in which no remediation starts and no approval is asked for; kubemend trigger is held back, too. Several rules share a list by an anchor of YAML: freezes: &year-end in the first, and freezes: *year-end in the others.",
    default: "none",
    example: `guards: { freezes: [ { from: "2026-12-20T00:00:00Z", to: "2027-01-02T00:00:00Z", reason: holidays } ] }\n${THEN}`,
  },
  {
    key: "guards.freezes[].from",
    description: "When it begins.",
    example: `guards: { freezes: [ { from: "2026-12-20T00:00:00+01:00", to: "2027-01-02T00:00:00+01:00" } ] }\n${THEN}`,
  },
  {
    key: "guards.freezes[].to",
    description: "When it ends; later than from.",
    example: `guards: { freezes: [ { from: "2026-12-20T00:00:00Z", to: "2027-01-02T00:00:00Z" } ] }\n${THEN}`,
  },
  {
    key: "guards.freezes[].reason",
    description: "Why, for people who read the records that it holds back.",
    example: `guards: { freezes: [ { from: "2026-12-20T00:00:00Z", to: "2027-01-02T00:00:00Z", reason: holidays } ] }\n${THEN}`,
  },
];
