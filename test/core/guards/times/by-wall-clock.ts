const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MINUTES = 24 * 60;
const WEEK = DAYS.length * MINUTES;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The time on a wall clock in the zone: `Sat 02:30`. */
export function readClock(zone: string, ms: number): string {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  clocks.set(zone, clock);
  return clock.format(ms).replace(",", "");
}

/** Every minute of a week that a period names, as a clock shows it: walks from its beginning on each of its days until its end. */
export function toShownMinutes(
  days: readonly string[],
  from: string,
  to: string,
): ReadonlySet<string> {
  const shown = new Set<string>();
  const week = Array.from({ length: WEEK }, (_, index) => toShown(index));
  for (const day of days) {
    let index = week.indexOf(`${day} ${from}`);
    do {
      shown.add(week[index % WEEK] ?? "");
      index += 1;
    } while (!(week[index % WEEK] ?? "").endsWith(to === "24:00" ? "00:00" : to));
  }
  return shown;
}

function toShown(index: number): string {
  const minute = index % MINUTES;
  const digits = (value: number): string => String(value).padStart(2, "0");
  return `${DAYS[Math.floor(index / MINUTES)]} ${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`;
}
