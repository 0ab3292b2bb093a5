import type { BuildOptions } from "esbuild";

export declare function toCommandBundle(entryPoint: string, outfile: string): BuildOptions;
