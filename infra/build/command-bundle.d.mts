import type { build, Metafile } from "esbuild";

export declare function bundleCommand(
  esbuild: { readonly build: typeof build },
  options: {
    /** The other paths are relative to it, unless they are absolute. */
    readonly root: string;
    readonly entryPoint: string;
    readonly folder: string;
    readonly name: string;
    /** Everything in one file; default: what is loaded on demand is in files of its own. */
    readonly single?: boolean;
  },
): Promise<Metafile>;
