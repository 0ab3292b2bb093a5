import { resolve } from "node:path";
import type { SandboxState } from "../../sandbox/state-file.ts";
import { toDataDirOption } from "./data-dir-option.ts";

/** The options of a second `kubemend sandbox up`. */
export type WantedSandbox = {
  readonly dataDir: string;
  readonly config?: string | undefined;
  readonly bare?: boolean | undefined;
};

/**
 * Why a sandbox that already runs in this folder is not the wanted one; undefined if it is. A running sandbox keeps its pipeline file, so
 * another one, or --bare, is not ignored silently.
 */
export function describeOther(
  running: Pick<SandboxState, "pid" | "bare" | "config">,
  { config, dataDir, bare = false }: WantedSandbox,
): string | undefined {
  const wanted = config === undefined ? running.config : resolve(config);
  const isOther = bare !== running.bare || (!bare && wanted !== running.config);
  if (!isOther) return undefined;
  const present = running.bare ? "with --bare" : `with ${running.config ?? "another file"}`;
  const stop = `npx kubemend sandbox down${toDataDirOption(dataDir)}`;
  return `The sandbox is already running (process ${running.pid}), ${present}. Stop it with \`${stop}\` first, or choose another --data-dir.`;
}
