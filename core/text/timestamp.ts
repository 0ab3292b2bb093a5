/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * The time that a text states, in ms since the epoch; undefined if it is not a timestamp of RFC 3339 on a day that exists. `Date.parse`
 * takes much else: "1" is a day in 2001, and 30 February one in March.
 */
export function parseTimestamp(text: string): number | undefined {
  const [, year = "", month = "", day = ""] = RFC_3339.exec(text) ?? [];
  if (year === "") return undefined;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
