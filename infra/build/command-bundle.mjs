import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

/** Finds its own files by where they are. The others are loaded where they are installed, or not at all. */
const KEPT_OUT = ["fauxqs", "bufferutil", "utf-8-validate"];

/**
 * The client library has a class for each kind of object and each API, 85 MB of memory; who uses none of them must not
 * load them. Its modules do nothing but define: that is told here, as its package.json does not.
 */
const leaveOutWhatNobodyUses = {
  name: "leave-out-what-nobody-uses",
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === leaveOutWhatNobodyUses) return undefined;
      if (!/@kubernetes[\\/]client-node/.test(`${path} ${from.importer}`)) return undefined;
      const found = await build.resolve(path, { ...from, pluginData: leaveOutWhatNobodyUses });
      const isLibrary = /[\\/]@kubernetes[\\/]client-node[\\/]/.test(found.path);
      return isLibrary && found.errors.length === 0 ? { ...found, sideEffects: false } : found;
    });
  },
};

/**
 * How a program of Kubemend is bundled: `<folder>/<name>.mjs`, and in `<folder>/<name>/` what it loads when it needs it.
 * With its packages, as each loaded from its own files would take twice the memory. Plain JavaScript: `npm ci` may run it
 * on Node 20.
 */
export async function bundleCommand(esbuild, { root, entryPoint, folder, name }) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: { [name]: entryPoint },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}/[name]-[hash]`,
    splitting: true,
    bundle: true,
    external: KEPT_OUT,
    // The packages' ECMAScript modules: only of these is what nobody uses left out.
    mainFields: ["module", "main"],
    // Names stay: a stack can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    format: "esm",
    target: "node24",
    supported: { using: true },
    // The CommonJS packages inside call require.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins: [leaveOutWhatNobodyUses],
    metafile: true,
    logLevel: "warning",
  });
  const made = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
  const chunks = join(root, folder, name);
  if (!existsSync(chunks)) return;
  for (const file of readdirSync(chunks)) if (!made.has(file)) rmSync(join(chunks, file));
}
