/** How Kubemend's command is bundled; plain JavaScript, as `npm ci` may run it on Node 20. */
export function toCommandBundle(entryPoint, outfile) {
  return {
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    // They are installed beside it, and some of them find their own files by where they are.
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node24",
    supported: { using: true },
    logLevel: "warning",
  };
}
