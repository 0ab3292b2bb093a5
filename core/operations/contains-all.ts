import { isRawInteger } from "../../events/json.ts";
import { isObject, readField, readList } from "../json/read-json.ts";

/** Whether everything that was sent is in what exists. Lists keep their order, and admission may append to them. */
export function containsAll(existing: unknown, sent: unknown): boolean {
  if (isRawInteger(sent)) return isRawInteger(existing) && existing.rawJSON === sent.rawJSON;
  if (Array.isArray(sent)) {
    const list = readList(existing);
    return sent.every((item, index) => containsAll(list[index], item));
  }
  if (!isObject(sent)) return existing === sent || (sent === null && existing === undefined);
  return Object.entries(sent).every(
    ([key, value]) => isEmpty(value) || containsAll(readField(existing, key), value),
  );
}

/** The API server does not keep empty maps and lists of a typed object. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
