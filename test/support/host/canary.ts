import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Some bytes, and a name for their origin. */
export type Evidence = { readonly from: string; readonly bytes: Buffer };

/** Reads all files below a folder. */
export function readFolder(folder: string): readonly Evidence[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ from: path, bytes: readFileSync(path) }));
}

/**
 * Where a canary is found: verbatim, in base64 at any offset (a Secret's data, an Authorization header), in UTF-16, and in gzip
 * data, as bytes or as base64 text (packed messages). Empty if it is not found.
 */
export function findCanary(canary: string, evidence: readonly Evidence[]): readonly string[] {
  const forms = toForms(canary);
  return evidence.flatMap(({ from, bytes }) =>
    [bytes, ...unpack(bytes)].some((part) => forms.some((form) => part.includes(form)))
      ? [from]
      : [],
  );
}

function toForms(canary: string): readonly Buffer[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${canary}`).toString("base64");
    // The first and last characters depend on the neighbouring bytes.
    return Buffer.from(text.slice(offset === 0 ? 0 : 4, Math.floor(text.length / 4) * 4 - 4));
  });
  return [Buffer.from(canary), Buffer.from(canary, "utf16le"), ...inBase64];
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** Prefix of gzip in base64. */
const GZIP_TEXT = /H4sI[A-Za-z0-9+/]+=*/g;

function unpack(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(GZIP); at !== -1; at = bytes.indexOf(GZIP, at + 1)) {
    found.push(...tryGunzip(bytes.subarray(at)));
  }
  for (const [text] of bytes.toString("latin1").matchAll(GZIP_TEXT)) {
    found.push(...tryGunzip(Buffer.from(text, "base64")));
  }
  return found;
}

function tryGunzip(bytes: Buffer): readonly Buffer[] {
  try {
    return [gunzipSync(bytes)];
  } catch {
    return [];
  }
}
