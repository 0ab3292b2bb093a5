import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { leanSdk } from "./lean-sdk.ts";

export type BundledFunction = {
  readonly name: string;
  readonly file: string;
  /** Size of what is read when the function starts: the entry and the chunks that it imports. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Size of the chunks that are read only on demand. */
  readonly lazyBytes: number;
  /** The parts of what is read at the start: our own code as `kubemend`, and each package; largest first. */
  readonly parts: readonly Part[];
  /** The chunks that are read only on demand. */
  readonly lazy: readonly { readonly file: string; readonly parts: readonly Part[] }[];
};

type Part = { readonly name: string; readonly bytes: number };

/**
 * Loads Node's modules with `process.getBuiltinModule`. An import makes Node access every export of the module, and some of these
 * load more when they are accessed: one of node:http loads fetch and HTTP/2, one of node:process the standard streams. That
 * would cost a cold start 20 ms of CPU.
 * @see https://nodejs.org/docs/latest-v24.x/api/process.html#processgetbuiltinmoduleid
 */
const plainBuiltins: Plugin = {
  name: "plain-builtins",
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?(?:fs|https?|process)$/ }, ({ path, kind }) =>
      kind === "import-statement"
        ? { path: path.replace(/^(?:node:)?/, "node:"), namespace: "plain-builtin" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "plain-builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** How esbuild makes a function's bundle, whatever its entry and folder. */
export const FUNCTION_OPTIONS: BuildOptions & { readonly metafile: true; readonly write: false } = {
  bundle: true,
  // A dynamic import (most of the SDK's credential providers) becomes a separate file, so that a cold start does not read it.
  splitting: true,
  outExtension: { ".js": ".mjs" },
  plugins: [leanSdk, plainBuiltins],
  minify: true,
  platform: "node",
  format: "esm",
  // Selects core/cel/patterns/pattern-engine-lazy.ts, see `imports` in package.json. Setting this drops esbuild's default `module`, so it
  // is listed too.
  conditions: ["kubemend-function", "module"],
  // Prefers the packages' ECMAScript modules, because only these can be tree-shaken (140 KB of the AWS SDK).
  mainFields: ["module", "main"],
  target: "node24",
  // Node 24 supports it; esbuild 0.28 would rewrite it into helper functions.
  supported: { using: true },
  // The bundled CommonJS packages call require.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  legalComments: "linked",
  sourcemap: "external",
  metafile: true,
  write: false,
  logLevel: "warning",
};

/**
 * Bundles each `<root>/functions/<name>/handler.ts` to `<folder>/<name>.mjs` with chunks in `<folder>/<name>/`, the artefact
 * that is deployed and that the sandbox runs. A file is replaced atomically, only if it changed, and the entry after its chunks,
 * so that running functions never read an incomplete one.
 */
export async function bundleFunctions(options: {
  readonly root: string;
  readonly folder: string;
}): Promise<readonly BundledFunction[]> {
  const { root, folder } = options;
  mkdirSync(folder, { recursive: true });
  return await Promise.all(findFunctions(root).map((name) => bundleFunction(root, folder, name)));
}

function findFunctions(root: string): readonly string[] {
  const functions = join(root, "functions");
  if (!existsSync(functions)) return [];
  return readdirSync(functions)
    .filter((name) => existsSync(join(functions, name, "handler.ts")))
    .toSorted();
}

async function bundleFunction(
  root: string,
  folder: string,
  name: string,
): Promise<BundledFunction> {
  const { outputFiles, metafile } = await build({
    ...FUNCTION_OPTIONS,
    absWorkingDir: root,
    entryPoints: { [name]: join("functions", name, "handler.ts") },
    outdir: folder,
    chunkNames: `${name}/[name]-[hash]`,
  });
  const chunks = join(folder, name);
  mkdirSync(chunks, { recursive: true });
  for (const { path, contents } of outputFiles.toSorted(byDepth)) replaceFile(path, contents);
  const written = new Set(outputFiles.map(({ path }) => path));
  for (const file of readdirSync(chunks)) {
    if (!written.has(join(chunks, file))) rmSync(join(chunks, file));
  }
  const { read, lazy } = sortOutputs(metafile, name);
  const contents = read.map(({ path }) => readFileSync(join(root, path)));
  return {
    name,
    file: join(folder, `${name}.mjs`),
    bytes: sumBytes(read),
    gzipBytes: contents.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0),
    lazyBytes: sumBytes(lazy),
    parts: toParts(read),
    lazy: lazy.map((output) => ({ file: join(root, output.path), parts: toParts([output]) })),
  };
}

/** Chunks before the entry that imports them. */
function byDepth(a: { readonly path: string }, b: { readonly path: string }): number {
  return b.path.split(sep).length - a.path.split(sep).length;
}

type Output = Metafile["outputs"][string] & { readonly path: string };

/** Separates what the entry imports, directly or indirectly, from the chunks that are imported at run time. */
function sortOutputs(
  metafile: Metafile,
  name: string,
): { readonly read: readonly Output[]; readonly lazy: readonly Output[] } {
  const code = Object.entries(metafile.outputs)
    .filter(([path]) => path.endsWith(".mjs"))
    .map(([path, output]): Output => ({ ...output, path }));
  const read = new Set(code.filter(({ path }) => path.endsWith(`${name}.mjs`)));
  for (const { imports } of read) {
    const static_ = new Set(
      imports.flatMap((one) => (one.kind === "import-statement" ? [one.path] : [])),
    );
    for (const output of code) if (static_.has(output.path)) read.add(output);
  }
  return { read: [...read], lazy: code.filter((output) => !read.has(output)) };
}

function sumBytes(outputs: readonly Output[]): number {
  return outputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Replaces the file atomically; leaves it alone if its contents are the same. */
export function replaceFile(path: string, contents: Uint8Array): void {
  if (existsSync(path) && Buffer.compare(readFileSync(path), contents) === 0) return;
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function toParts(outputs: readonly Output[]): BundledFunction["parts"] {
  const parts = new Map<string, number>();
  for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const [, owner = "kubemend"] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    parts.set(owner, (parts.get(owner) ?? 0) + bytesInOutput);
  }
  return [...parts]
    .map(([owner, bytes]) => ({ name: owner, bytes }))
    .toSorted((a, b) => b.bytes - a.bytes);
}
