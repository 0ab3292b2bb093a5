import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFunctions } from "../../../infra/build/bundle-functions.ts";

/** The bundles of the toy functions in fixtures/, built in the same way as the deployed ones. */
export type ToyFunctions = AsyncDisposable & {
  readonly folder: string;
  readonly bundle: (name: string) => string;
};

export async function bundleToyFunctions(): Promise<ToyFunctions> {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-toys-"));
  await bundleFunctions({ root: join(import.meta.dirname, "fixtures"), folder });
  return {
    folder,
    bundle: (name) => join(folder, `${name}.mjs`),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
