import { isObject, readOwn } from "../json/read-json.ts";

/**
 * The part of the API server's answer that was sent: without the fields that it fills in, but with what admission has changed, and with the
 * elements that it has added to lists.
 */
export function pickSent(answer: unknown, sent: unknown): unknown {
  if (Array.isArray(answer) && Array.isArray(sent)) {
    return answer.map((item: unknown, index) =>
      index < sent.length ? pickSent(item, sent[index]) : item,
    );
  }
  if (!isObject(answer) || !isObject(sent)) return answer;
  return Object.fromEntries(
    Object.keys(sent).flatMap((key) => {
      const value = readOwn(answer, key);
      return value === undefined ? [] : [[key, pickSent(value, sent[key])]];
    }),
  );
}
