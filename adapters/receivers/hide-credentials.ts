/** A shorter part of an address is a word such as `services`, not a secret. */
const PART_MIN_LENGTH = 8;

/** A text without the credentials, whole or in parts: a server that repeats an address often repeats its path only. */
export function hideCredentials(text: string, credentials: readonly string[]): string {
  const hidden = credentials.flatMap(listParts).filter((part) => part !== "");
  // The longest first, so that a part of one does not break it up.
  const sorted = hidden.toSorted((a, b) => b.length - a.length);
  return sorted.reduce((left, part) => left.replaceAll(part, "(credential)"), text);
}

function listParts(credential: string): readonly string[] {
  const parts = URL.canParse(credential) ? toPaths(new URL(credential)) : [];
  const quoted = JSON.stringify(credential).slice(1, -1);
  return [credential, quoted, encodeURIComponent(credential), ...parts];
}

function toPaths({ pathname, search, href }: URL): readonly string[] {
  const parts = `${pathname}${search}`.split(/[/?&=]/);
  const path = `${pathname}${search}`;
  return [href, path, toDecoded(path), toSlashed(path), ...parts, ...parts.map(toDecoded)].filter(
    ({ length }) => length >= PART_MIN_LENGTH,
  );
}

function toDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Some JSON is written with `\\/` in place of `/`. */
function toSlashed(text: string): string {
  return text.replaceAll("/", String.raw`\/`);
}
