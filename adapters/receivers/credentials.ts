import type { HeldText } from "../../core/receivers/receiver.ts";
import { receiverError } from "./errors.ts";

/** How long a credential is used before it is read again: so a rotated one is used soon. */
const KEEP_MS = 5 * 60_000;

/** A variable of the process; undefined if it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * The text of a credential of the receiver that `about` names. `refused`: a text that the receiver did not take; if it is the one that is
 * kept, it is read again.
 */
export type ReadCredential = (held: HeldText, about: string, refused?: string) => Promise<string>;

/**
 * Keeps credentials for five minutes across invocations; concurrent alerts share one read. Throws as `callAws` does, and
 * `ReceiverUnavailable` if a variable is not set: all are temporary, because no alert is at fault.
 */
export function createReadCredential(deps: {
  readonly now: () => number;
  readonly readVariable: ReadVariable;
}): ReadCredential {
  const { now, readVariable } = deps;
  const kept = new Map<string, { readonly text: Promise<string>; readonly until: number }>();
  return async (held, about, refused) => {
    const key = JSON.stringify(held);
    const known = kept.get(key);
    if (known !== undefined && now() < known.until) {
      const text = await known.text;
      if (text !== refused) return text;
      // Of several that were refused at once the first has read it again.
      const other = kept.get(key);
      if (other !== undefined && other !== known) return other.text;
    }
    const text = read(held, about, readVariable);
    kept.set(key, { text, until: now() + KEEP_MS });
    text.catch(() => kept.delete(key));
    return text;
  };
}

async function read(held: HeldText, about: string, readVariable: ReadVariable): Promise<string> {
  const content = `the credential of ${about}`;
  switch (held.type) {
    case "secret": {
      const { readSecret } = await import("../access/read-secret.ts");
      return (await readSecret(held.id, content)).trim();
    }
    case "parameter": {
      const { readParameter } = await import("../access/read-parameter.ts");
      return (await readParameter(held.name, content)).trim();
    }
    case "env": {
      const text = readVariable(held.variable)?.trim() ?? "";
      if (text !== "") return text;
      const message = `the variable ${held.variable} of the function notify is not set`;
      throw receiverError("ReceiverUnavailable", about, message);
    }
  }
}
