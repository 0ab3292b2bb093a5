import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { KubemendError } from "../../core/errors.ts";

/**
 * The folder of Kubemend's package.json, above this file. It holds serverless.yml, infra, the sandbox's files and the built
 * functions, whether Kubemend runs from its sources or from the bundle in dist.
 */
export function findProjectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "serverless.yml")) && existsSync(join(folder, "package.json"))) {
      return folder;
    }
    if (folder === dirname(folder)) {
      throw new KubemendError(
        "InvalidConfiguration",
        `Kubemend's own files were not found above ${from}. Reinstall the package, or run it from its clone.`,
        { retryable: false },
      );
    }
  }
}
