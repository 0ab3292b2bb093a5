import { join } from "node:path";
import { cacheDir } from "../../../../sandbox/host/folders.ts";
import { ensureGoProgram } from "../../../support/host/ensure-go-program.ts";

const VERSION = "0.6.9";

/**
 * The program that reads HCL and prints it as JSON, from the cache, or built with Go.
 * @see https://github.com/tmccombs/hcl2json
 */
export function buildHcl2json(): Promise<string> {
  const name = `hcl2json-${VERSION}-${process.platform}-${process.arch}`;
  return ensureGoProgram({
    program: {
      name: "hcl2json",
      version: VERSION,
      mainPackage: "github.com/tmccombs/hcl2json",
      target: join(cacheDir(), "test", name),
    },
    moduleFolder: join(import.meta.dirname, "hcl2json"),
    flags: ["-trimpath"],
    onDownload: () => undefined,
    onCompile: () => undefined,
  });
}
