import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const END_BYTES = 22;
const STORED = 0;

/** The files of a zip, by path. Supports the part of the format that our packages use: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3) */
export function readZip(path: string): ReadonlyMap<string, Buffer> {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf("PK\u0005\u0006");
  if (end < 0 || end > zip.length - END_BYTES) throw new Error(`${path} is no zip`);
  const count = zip.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  let entry = zip.readUInt32LE(end + 16);
  for (let n = 0; n < count; n += 1) {
    const nameLength = zip.readUInt16LE(entry + 28);
    const name = zip.toString("utf8", entry + 46, entry + 46 + nameLength);
    files.set(name, readContents(zip, entry));
    entry += 46 + nameLength + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
  }
  return files;
}

function readContents(zip: Buffer, entry: number): Buffer {
  const bytes = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + bytes);
  return zip.readUInt16LE(entry + 10) === STORED ? packed : inflateRawSync(packed);
}
