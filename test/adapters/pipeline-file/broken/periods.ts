import { ruleFile, type BrokenFile } from "./rule-file.ts";

const ASKS = `then: [ { createJobFromCronJob: null }, { alert: { to: ops, summary: "'x'" } } ]`;

const guards = (written: string): string => ruleFile(`guards: { ${written} }\n${ASKS}`);
const windows = (...periods: readonly string[]): string =>
  guards(`windows: [ ${periods.map((period) => `"${period}"`).join(", ")} ]`);
const freezes = (...written: readonly string[]): string =>
  guards(`freezes: [ ${written.map((freeze) => `{ ${freeze} }`).join(", ")} ]`);

/** Those that JSON Schema cannot see. */
export const PERIODS_READ: readonly BrokenFile[] = [
  [
    "a zone that does not exist",
    windows("22:00-06:00 Europe/Berln"),
    /"Europe\/Berln" is no zone of the IANA database/,
    /did you mean 22:00-06:00 Europe\/Berlin\?/,
  ],
  [
    "a city as a zone",
    windows("Sat 02:00-04:00 Berlin"),
    /"Berlin" is no zone/,
    /did you mean Sat 02:00-04:00 Europe\/Berlin\?/,
  ],
  [
    "an abbreviation as a zone",
    windows("02:00-04:00 CET"),
    /CET is an abbreviation, which does not say for sure when the clocks change/,
    /did you mean 02:00-04:00 Europe\/Berlin\?/,
  ],
  [
    "an old name as a zone",
    windows("02:00-04:00 Japan"),
    /Japan is an old name of a zone, and not that of a place/,
    /did you mean 02:00-04:00 Asia\/Tokyo\?/,
  ],
  ["an empty period", windows("02:00-02:00 UTC"), /it is empty/, /write 00:00-24:00 UTC/],
  ["overlapping windows", windows("01:00-03:00 UTC", "Sat 02:00-04:00 UTC"), /overlaps with 01:00/],
  [
    "overlapping windows in two zones",
    windows("01:00-03:00 UTC", "04:00-06:00 Europe/Berlin"),
    /overlaps with 01:00/,
  ],
  [
    "a mode that never applies",
    guards(
      'modes: [ { during: "22:00-06:00 UTC", mode: approval }, { during: "23:00-01:00 UTC", mode: enforce }, { mode: enforce } ]',
    ),
    /never applies, because the entries before it/,
    /move it up/,
  ],
  [
    "no mode at other times",
    guards('modes: [ { during: "22:00-06:00 UTC", mode: approval } ]'),
    /the last entry must be the mode at all other times/,
    /add \{ mode: enforce \}/,
  ],
  [
    "a mode after that of all other times",
    guards('modes: [ { mode: enforce }, { during: "22:00-06:00 UTC", mode: approval } ]'),
    /the last entry|never apply, because it has no during/,
  ],
  [
    "a freeze that ends before it begins",
    freezes("from: 2027-01-02T00:00:00Z, to: 2026-12-20T00:00:00Z"),
    /must be later than from, 2027-01-02/,
  ],
  [
    "a day that does not exist in a freeze",
    freezes("from: 2026-02-29T00:00:00Z, to: 2026-03-01T00:00:00Z"),
    /expected a time such as/,
  ],
  ["a date in a freeze", freezes("from: 2026-12-20, to: 2027-01-02"), /expected a time such as/],
  [
    "overlapping freezes",
    freezes(
      "from: 2026-12-20T00:00:00Z, to: 2027-01-02T00:00:00Z",
      "from: 2027-01-01T00:00:00Z, to: 2027-01-03T00:00:00Z",
    ),
    /overlaps with the freeze that begins at 2026-12-20/,
    /from 2026-12-20T00:00:00.000Z to 2027-01-03T00:00:00.000Z/,
  ],
];

export const PERIODS: readonly BrokenFile[] = [
  ...PERIODS_READ,
  ["a period without a zone", windows("22:00-06:00"), /has no zone/, /write 22:00-06:00 UTC, or/],
  [
    "a period with an offset",
    windows("22:00-06:00 +01:00"),
    /\+01:00 is an offset, which does not say when the clocks change/,
    /such as Europe\/Berlin, or UTC/,
  ],
  [
    "days in other words",
    windows("weekdays 9am-5pm Europe/Berlin"),
    /not written as periods are/,
    /write Mon-Fri 09:00-17:00 Europe\/Berlin/,
  ],
  [
    "days in long words",
    windows("saturday and sunday, all day"),
    /is no period/,
    /Mon-Fri 22:00-06:00 Europe\/Berlin/,
  ],
  [
    "hours without minutes",
    windows("Monday-Friday 9-17 UTC"),
    /not written as periods are/,
    /write Mon-Fri 09:00-17:00 UTC/,
  ],
  [
    "one window without a list",
    guards('windows: "02:00-04:00 UTC"'),
    /expected a list/,
    /write a list/,
  ],
  ["no windows", guards("windows: []"), /1 to 20/],
  [
    "a dry run among the modes by time",
    guards('modes: [ { during: "22:00-06:00 UTC", mode: dryRun }, { mode: enforce } ]'),
    /expected enforce or approval|dryRun/,
  ],
  [
    "mode and modes",
    guards(
      'mode: enforce, modes: [ { during: "22:00-06:00 UTC", mode: approval }, { mode: enforce } ]',
    ),
    /exclude each other/,
    /last entry of modes/,
  ],
  [
    "an approval by time that nobody is asked for",
    ruleFile(
      'guards: { modes: [ { during: "22:00-06:00 UTC", mode: approval }, { mode: enforce } ] }\nthen: [ { createJobFromCronJob: null } ]',
    ),
    /needs an action that remediates, and an alert/,
  ],
  [
    "windows of a rule that only alerts",
    ruleFile('guards: { windows: ["02:00-04:00 UTC"] }'),
    /windows needs an action that remediates/,
  ],
];
