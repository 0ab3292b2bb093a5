import { KubemendError } from "../../core/errors.ts";

/** Shorter keys can be guessed. 16 random bytes are 22 characters of base64, or 32 hex digits. */
const MIN_LENGTH = 22;

/**
 * The keys in a text, one a line; surrounding white space and empty lines do not count. Throws `InvalidConfiguration` that names the
 * source and never contains a key. `retryable`: an operator can correct what the source contains while messages wait.
 */
export function parseSigningKeys(text: string, source: string): readonly string[] {
  const keys = text.split("\n").map((line) => line.trim());
  const used = keys.filter((key) => key !== "");
  if (used.length === 0) throw invalid(`${source} contains no signing key: write one key a line`);
  const short = used.findIndex((key) => key.length < MIN_LENGTH);
  if (short === -1) return used;
  throw invalid(
    `signing key ${short + 1} of ${source} has fewer than ${MIN_LENGTH} characters: make one with \`openssl rand -hex 32\``,
  );
}

function invalid(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: true });
}
