import { sha256 } from "../../events/ids.ts";

const NAME_MAX_LENGTH = 63;
const DIGEST_LENGTH = 8;

/** A name under which only dry runs create an object; the same for the same `salt`. */
export function toProbeName(name: string, salt: string): string {
  const end = `-probe-${sha256("probe", name, salt).slice(0, DIGEST_LENGTH)}`;
  const head = name.slice(0, NAME_MAX_LENGTH - end.length).replace(/[-.]+$/, "");
  return `${head}${end}`;
}
