import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { KubemendError } from "../../core/errors.ts";

/** The folder of Kubemend's package.json, above this file: it holds, whether run from source or from the bundle in dist, go.mod, serverless.yml, infra and the built functions. */
export function findProjectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "serverless.yml")) && existsSync(join(folder, "package.json"))) {
      return folder;
    }
    if (folder === dirname(folder)) {
      throw new KubemendError(
        "InvalidConfiguration",
        `Kubemend's own files are not above ${from}: install the package again, or run it from its clone.`,
        { retryable: false },
      );
    }
  }
}
