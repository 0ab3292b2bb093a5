import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type BuildOptions, type Metafile } from "esbuild";

export type BundledFunction = {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** What it consists of: our own code as `kubemend`, and each package; largest first. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
};

const OPTIONS = {
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  // The packages' ECMAScript modules: only of these is what nobody uses left out (140 KB of the AWS SDK).
  mainFields: ["module", "main"],
  target: "node24",
  // Node 24 knows it; esbuild 0.28 would rewrite it into helpers.
  supported: { using: true },
  // The CommonJS packages inside call require.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  legalComments: "linked",
  sourcemap: "external",
  metafile: true,
  write: false,
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Bundles each `<root>/functions/<name>/handler.ts` to `<folder>/<name>.mjs`, the artefact that is deployed and that
 * the sandbox runs. A file is replaced in one step, and only where it changed: running functions never read half of one.
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
  const file = join(folder, `${name}.mjs`);
  const result = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: [join("functions", name, "handler.ts")],
    outfile: file,
  });
  for (const output of result.outputFiles) replaceFile(output.path, output.contents);
  const bundle = readFileSync(file);
  return {
    name,
    file,
    bytes: bundle.length,
    gzipBytes: gzipSync(bundle).length,
    parts: toParts(result.metafile, name),
  };
}

/** Puts the file in place in one step; leaves it alone where it is the same. */
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

function toParts(metafile: Metafile, name: string): BundledFunction["parts"] {
  const outputs = Object.entries(metafile.outputs);
  const [, output] = outputs.find(([path]) => path.endsWith(`${name}.mjs`)) ?? [];
  const parts = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const [, owner = "kubemend"] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    parts.set(owner, (parts.get(owner) ?? 0) + bytesInOutput);
  }
  return [...parts]
    .map(([owner, bytes]) => ({ name: owner, bytes }))
    .toSorted((a, b) => b.bytes - a.bytes);
}
