import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../core/errors.ts";
import { bundleFunctions, type BundledFunction } from "./bundle-functions.ts";
import { packKubeconfigs, packPipeline } from "./packed-files.ts";

/*
 * `npm run build`: builds dist/functions/<name>.mjs from each functions/<name>/handler.ts, and the files that are packed with them.
 * KUBEMEND_PIPELINE_FILE: the pipeline to pack (default: none, so that nobody deploys one by accident; the sandbox hands its own to the
 * functions). KUBEMEND_KUBECONFIGS: a folder with <function>.kubeconfig files to pack (default: none).
 */

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "dist", "functions");

function describe({ name, bytes, gzipBytes, lazyBytes, parts }: BundledFunction): string {
  const largest = parts.slice(0, 4).map((part) => `${part.name} ${toKb(part.bytes)}`);
  const sizes = `${toKb(bytes)} (${toKb(gzipBytes)} gzip; ${toKb(lazyBytes)} more on demand)`;
  return `dist/functions/${name}.mjs  ${sizes}: ${largest.join(", ")}`;
}

function toKb(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} KB`;
}

try {
  for (const bundled of await bundleFunctions({ root, folder })) console.log(describe(bundled));
  const pipeline = process.env["KUBEMEND_PIPELINE_FILE"] ?? "";
  if (pipeline !== "") {
    const service = readFileSync(join(root, "serverless.yml"), "utf8");
    for (const unset of await packPipeline(pipeline, folder, service)) {
      process.stderr.write(`build: warning: ${unset}\n`);
    }
  }
  for (const name of packKubeconfigs(process.env["KUBEMEND_KUBECONFIGS"], folder)) {
    console.log(`dist/functions/${name}  contains credentials and is packed`);
  }
} catch (error) {
  process.stderr.write(`build: ${describeError(error)}\n`);
  process.exitCode = 1;
}
