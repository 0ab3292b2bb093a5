import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, resolve } from "node:path";

/** fauxqs finds its own files by its location. The others are optional: they are loaded only if they are installed. */
const EXTERNAL = ["fauxqs", "bufferutil", "utf-8-validate"];

/**
 * The client library has a class for every kind and every API, 85 MB of memory, which must not be loaded if none is used. Its
 * modules have no side effects, which its package.json does not declare; this plugin does.
 */
const dropUnusedClasses = {
  name: "drop-unused-classes",
  setup(build) {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === dropUnusedClasses) return undefined;
      if (!/@kubernetes[\\/]client-node/.test(`${path} ${from.importer}`)) return undefined;
      const found = await build.resolve(path, { ...from, pluginData: dropUnusedClasses });
      const isLibrary = /[\\/]@kubernetes[\\/]client-node[\\/]/.test(found.path);
      return isLibrary && found.errors.length === 0 ? { ...found, sideEffects: false } : found;
    });
  },
};

/**
 * Bundles a program of Kubemend to `<folder>/<name>.mjs`, with the chunks that it loads on demand in `<folder>/<name>/`, or, if it is
 * to be a single file, within it.
 * Packages are bundled too: loading each from its own files would take twice the memory. Plain JavaScript: `npm ci` may run
 * this on Node 20.
 */
export async function bundleCommand(esbuild, { root, entryPoint, folder, name, single = false }) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: { [name]: entryPoint },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: `${name}/[name]-[hash]`,
    splitting: !single,
    bundle: true,
    external: EXTERNAL,
    // Prefers the packages' ECMAScript modules, because only these can be tree-shaken.
    mainFields: ["module", "main"],
    // Names are kept, so that stack traces are readable.
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    format: "esm",
    target: "node24",
    supported: { using: true },
    // The bundled CommonJS packages call require.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins: [dropUnusedClasses],
    // The notices that licences demand, in a file beside it.
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  const made = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
  const chunks = resolve(root, folder, name);
  if (!existsSync(chunks)) return metafile;
  for (const file of readdirSync(chunks)) if (!made.has(file)) rmSync(resolve(chunks, file));
  return metafile;
}
