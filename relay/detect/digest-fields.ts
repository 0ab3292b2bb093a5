import { createHmac, randomBytes } from "node:crypto";
import type { Journal } from "../../adapters/journal/journal.ts";
import {
  nameFields,
  toComparedText,
  type FieldDigests,
} from "../../core/changes/compare-fields.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import type { ComparedFields } from "../plan/tracked-watch.ts";

/**
 * Digests the fields that the rules of a watch compare, so that values need not be kept. They are HMACs with a key that stays in the
 * journal: who sees a digest cannot try values. Equal values of two objects have different digests.
 */
export type FieldDigester = {
  /** The sets of fields that are compared now. */
  readonly ids: readonly string[];
  /** The set of each rule that compares fields. */
  readonly ofRule: ReadonlyMap<string, string>;
  /** Of an object as it was read, before redaction. Undefined if it was not read whole, or cannot be written as text. */
  readonly digest: (read: ReadObject) => FieldDigests | undefined;
};

/** 128 bits: two values of one object have the same digest by chance once in 10^19 objects. */
const DIGEST_CHARACTERS = 22;
const ID_CHARACTERS = 12;

/** Undefined if no rule of the watch compares fields. */
export function createFieldDigester(
  key: string,
  compared: readonly ComparedFields[],
): FieldDigester | undefined {
  if (compared.length === 0) return undefined;
  const hmac = (...parts: readonly string[]): string =>
    createHmac("sha256", key).update(parts.join("\n")).digest("base64url");
  const sets = compared.map(({ ruleId, fields }) => {
    // Made with the key too: what another key has digested is found to be unknown, and never compared.
    return { ruleId, fields, id: hmac("fields", nameFields(fields)).slice(0, ID_CHARACTERS) };
  });
  const byId = new Map(sets.map(({ id, fields }) => [id, fields]));
  const digestAll = ({ object, uid }: ReadObject): FieldDigests =>
    Object.fromEntries(
      Array.from(byId, ([id, fields]) => {
        const text = toComparedText(object, fields);
        return [id, hmac("value", id, uid, text).slice(0, DIGEST_CHARACTERS)];
      }),
    );
  return {
    ids: [...byId.keys()],
    ofRule: new Map(sets.map(({ ruleId, id }) => [ruleId, id])),
    digest(read) {
      if (read.truncated !== undefined) return undefined;
      try {
        return digestAll(read);
      } catch {
        // One object that cannot be written as text must not stop the others: it is sent as metadata, with the reason.
        return undefined;
      }
    },
  };
}

const KEY_NOTE = "comparison key";

/** The key of this journal. It is made once and never leaves it: a relay with another journal has another key. */
export function readComparisonKey(journal: Pick<Journal, "note" | "stageNote" | "commit">): string {
  const known = journal.note(KEY_NOTE);
  if (known !== undefined) return known;
  const key = randomBytes(32).toString("base64url");
  journal.stageNote(KEY_NOTE, key);
  journal.commit();
  return key;
}
