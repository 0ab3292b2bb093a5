import type { build } from "esbuild";

export declare function bundleCommand(
  esbuild: { readonly build: typeof build },
  options: {
    /** The other paths are relative to it. */
    readonly root: string;
    readonly entryPoint: string;
    readonly folder: string;
    readonly name: string;
    /** Everything in one file; default: what is loaded on demand is in files of its own. */
    readonly single?: boolean;
  },
): Promise<void>;
