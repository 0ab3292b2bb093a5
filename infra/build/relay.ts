import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import { bundleCommand } from "./command-bundle.mjs";

/* Part of `npm run build`: builds dist/relay.mjs, the one file of the image, from infra/relay/main.ts. */

const root = join(import.meta.dirname, "..", "..");
const program = { root, entryPoint: "infra/relay/main.ts", folder: "dist", name: "relay" };
// esbuild has printed its errors itself.
const isBuilt = await bundleCommand(esbuild, { ...program, single: true }).then(
  () => true,
  () => false,
);
if (isBuilt) {
  const contents = readFileSync(join(root, "dist", "relay.mjs"));
  const sizes = [contents.length, gzipSync(contents).length].map(
    (bytes) => `${Math.ceil(bytes / 1000)} KB`,
  );
  console.log(`dist/relay.mjs  ${sizes.join(", ")} gzip`);
} else {
  process.exitCode = 1;
}
