import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Leaves out what the SDK brings to the start of every function and never uses there:
 * - the index of its protocols (14 KB of XML and query strings, if a chunk needs any): SQS speaks JSON. The clients of other services,
 *   which are chunks of their own, still get the index;
 * - its package.json but for the version (2 KB);
 * - SHA-256 in JavaScript, for a Node without node:crypto (3 KB);
 * - the rate limiter of the retry mode `adaptive`, which the SDK calls experimental (3 KB): with AWS_RETRY_MODE=adaptive functions retry in
 *   the mode `standard`;
 * - the 28 classes of errors of SQS (5 KB), which differ only in their names: one function makes them.
 */
export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/core\/protocols$/ }, async ({ importer, resolveDir }) => {
      if (!importer.includes(join("@aws-sdk", "client-sqs"))) return undefined;
      const { path } = await build.resolve("@aws-sdk/core/package.json", {
        kind: "import-statement",
        resolveDir,
      });
      const json = "dist-es/submodules/protocols/json/AwsJson1_0Protocol.js";
      return path === "" ? undefined : { path: join(dirname(path), json), sideEffects: false };
    });
    build.onLoad({ filter: /@aws-sdk[\\/][a-z-]+[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
    build.onLoad({ filter: /[\\/]util-retry[\\/]AdaptiveRetryStrategy\.js$/ }, ({ path }) => ({
      contents:
        'export { StandardRetryStrategy as AdaptiveRetryStrategy } from "./StandardRetryStrategy";',
      loader: "js",
      resolveDir: dirname(path),
    }));
    build.onLoad({ filter: /[\\/]sha256[\\/]Sha256Js\.js$/ }, () => ({
      contents: "export const Sha256Js = undefined;",
      loader: "js",
    }));
    build.onLoad({ filter: /client-sqs[\\/]dist-es[\\/]models[\\/]errors\.js$/ }, ({ path }) => ({
      contents: toShortErrors(readFileSync(path, "utf8")),
      loader: "js",
    }));
  },
};

const ERROR_CLASS =
  /export class (\w+) extends __BaseException \{\s+static shapeId = "com\.amazonaws\.sqs#\1";\s+name = "\1";\s+\$fault = "client";\s+constructor\(opts\) \{\s+super\(\{\s+name: "\1",\s+\$fault: "client",\s+\.\.\.opts,\s+\}\);\s+Object\.setPrototypeOf\(this, \1\.prototype\);\s+\}\s+\}/g;

const TO_ERROR = `
const toError = (name) => class ServiceError extends __BaseException {
  static shapeId = "com.amazonaws.sqs#" + name;
  name = name;
  $fault = "client";
  constructor(options) {
    super({ name, $fault: "client", ...options });
    Object.setPrototypeOf(this, ServiceError.prototype);
  }
};
`;

/** A class of another form, such as a later version of the SDK may have, stays as it is. */
export function toShortErrors(source: string): string {
  const short = source.replace(ERROR_CLASS, 'export const $1 = /* @__PURE__ */ toError("$1");');
  const [imports = ""] = /^(?:import .*\n)*/.exec(short) ?? [];
  return `${imports}${TO_ERROR}${short.slice(imports.length)}`;
}
