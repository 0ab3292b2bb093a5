import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describeError } from "../../core/errors.ts";
import { bundleRelay } from "./bundle-relay.ts";

/* Part of `npm run build`: builds dist/relay.mjs, the one file of the image, from infra/relay/main.ts. */

const root = join(import.meta.dirname, "..", "..");
const toKb = ({ length }: { readonly length: number }): string => `${Math.ceil(length / 1000)} KB`;
try {
  const packages = await bundleRelay({ root, folder: "dist" });
  const contents = readFileSync(join(root, "dist", "relay.mjs"));
  const sizes = `${toKb(contents)} (${toKb(gzipSync(contents))} gzip)`;
  console.log(`dist/relay.mjs  ${sizes}, of ${packages.length} packages and our own code`);
} catch (error) {
  process.stderr.write(`build: ${describeError(error)}\n`);
  process.exitCode = 1;
}
