import { DAY_NAMES, isZone, parsePeriod } from "../../guards/times/period.ts";
import { suggestName } from "../../text/suggest.ts";
import type { Advice, Situation } from "./advice.ts";

const FORM = "write days, times and a zone, such as Mon-Fri 22:00-06:00 Europe/Berlin";

/** Abbreviations that people write for a zone, and one that is meant by them. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  bst: "Europe/London",
  cest: "Europe/Berlin",
  cet: "Europe/Berlin",
  cst: "America/Chicago",
  edt: "America/New_York",
  est: "America/New_York",
  et: "America/New_York",
  gmt: "UTC",
  ist: "Asia/Kolkata",
  jst: "Asia/Tokyo",
  mst: "America/Denver",
  pdt: "America/Los_Angeles",
  pst: "America/Los_Angeles",
  pt: "America/Los_Angeles",
  z: "UTC",
};

const GROUPS: Readonly<Record<string, string>> = {
  weekdays: "Mon-Fri",
  weekday: "Mon-Fri",
  weekend: "Sat-Sun",
  weekends: "Sat-Sun",
  daily: "",
  everyday: "",
};

/** Times of day that are written as people or other tools write them. */
export function advisePeriod({ key, value, issue }: Situation): Advice {
  if ((key !== "during" && key !== "windows") || issue.at === "key") return undefined;
  if (key === "windows" && issue.path.at(-1) === key) {
    return { hint: 'write a list, such as windows: ["Sat 02:00-04:00 Europe/Berlin"]' };
  }
  if (typeof value !== "string") return { hint: FORM };
  if (parsePeriod(value) !== undefined) return undefined;
  const found = readSpoken(value);
  if (found === undefined) return { message: `${JSON.stringify(value)} is no period`, hint: FORM };
  const { days, from, to, zone } = found;
  if (from === to) {
    const whole = [days, "00:00-24:00", zone].filter((part) => part !== "").join(" ");
    const message = "it ends when it begins, so it is empty";
    return { message, hint: `for whole days, write ${whole}` };
  }
  return adviseZone(zone, [days, `${from}-${to}`].filter((part) => part !== "").join(" "));
}

function adviseZone(zone: string, times: string): Advice {
  if (zone === "") {
    return { message: "it has no zone", hint: `write ${times} UTC, or ${times} Europe/Berlin` };
  }
  if (isZone(zone))
    return { message: "it is not written as periods are", hint: `write ${times} ${zone}` };
  const isOffset = /^[+-]/.test(zone);
  const meant = isOffset ? undefined : suggestZone(zone);
  return {
    message: describeZone(zone),
    hint:
      meant === undefined
        ? `write one such as Europe/Berlin, or UTC`
        : `did you mean ${times} ${meant}?`,
  };
}

/** Some abbreviations, and names of countries, are old names in the IANA database; periods take a place all the same. */
function describeZone(zone: string): string {
  if (/^[+-]/.test(zone)) return `${zone} is an offset, which does not say when the clocks change`;
  if (ABBREVIATIONS[zone.toLowerCase()] !== undefined) {
    return `${zone} is an abbreviation, which does not say for sure when the clocks change`;
  }
  return isOldName(zone)
    ? `${zone} is an old name of a zone, and not that of a place`
    : `${JSON.stringify(zone)} is no zone of the IANA database`;
}

function isOldName(zone: string): boolean {
  return !zone.includes("/") && toPresentName(zone) !== undefined;
}

/** `Asia/Tokyo` for `Japan`; undefined if there is no such zone. */
function toPresentName(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function suggestZone(written: string): string | undefined {
  const known = [...Intl.supportedValuesOf("timeZone"), "UTC"];
  const meant = ABBREVIATIONS[written.toLowerCase()];
  if (meant !== undefined) return meant;
  const present = toPresentName(written);
  if (present !== undefined && isZone(present)) return present;
  const city = written.replaceAll(" ", "_").toLowerCase();
  return (
    known.find((zone) => zone.toLowerCase().endsWith(`/${city}`)) ??
    suggestName(written.replaceAll(" ", "_"), known)
  );
}

type Spoken = {
  readonly days: string;
  readonly from: string;
  readonly to: string;
  readonly zone: string;
};

const CLOCK = String.raw`(\d{1,2})(?::?(\d\d))?\s*([ap]m)?`;
const SPOKEN = new RegExp(
  String.raw`^(?:(?<days>[a-z][a-z,\s-]*?)\s+)?${CLOCK}\s*(?:-|–|to|until)\s*${CLOCK}(?:\s+(?<zone>\S.*))?$`,
  "i",
);

function readSpoken(written: string): Spoken | undefined {
  const found = SPOKEN.exec(written.trim());
  if (found?.groups === undefined) return undefined;
  const [, , hour, minute, half, toHour, toMinute, toHalf] = found;
  const days = readDays(found.groups["days"] ?? "");
  const from = readClock(hour, minute, half);
  const to = readClock(toHour, toMinute, toHalf);
  if (days === undefined || from === undefined || to === undefined) return undefined;
  const zone = found.groups["zone"]?.trim() ?? "";
  return { days, from: from === "24:00" ? "00:00" : from, to, zone };
}

function readDays(written: string): string | undefined {
  const text = written.trim().toLowerCase();
  if (text === "") return "";
  const group = GROUPS[text];
  if (group !== undefined) return group;
  const parts = text.split(/\s*([-,])\s*|\s+/).filter((part) => part !== undefined && part !== "");
  const names = parts.map((part) => (/^[-,]$/.test(part) ? part : toDayName(part)));
  return names.includes(undefined) ? undefined : names.join("");
}

function toDayName(written: string): string | undefined {
  return DAY_NAMES.find((name) => written.startsWith(name.toLowerCase()));
}

function readClock(hour = "", minute = "00", half = ""): string | undefined {
  const hours = (Number(hour) % (half === "" ? 25 : 12)) + (half.toLowerCase() === "pm" ? 12 : 0);
  if (Number(hour) > 24 || Number(minute) > 59) return undefined;
  return `${String(hours).padStart(2, "0")}:${minute}`;
}
