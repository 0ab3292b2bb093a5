import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildBinary } from "../../../../sandbox/build/go-build.ts";
import { findGo, toGoEnvironment } from "../../../../sandbox/build/go-toolchain.ts";
import { waitForLock } from "../../../../sandbox/host/file-lock.ts";
import { cacheDir } from "../../../../sandbox/host/folders.ts";

const VERSION = "0.6.9";

/**
 * The program that reads HCL and prints it as JSON, from the cache, or built with Go.
 * @see https://github.com/tmccombs/hcl2json
 */
export async function buildHcl2json(): Promise<string> {
  const moduleFolder = join(import.meta.dirname, "hcl2json");
  const target = join(
    cacheDir(),
    "test",
    `hcl2json-${VERSION}-${process.platform}-${process.arch}`,
  );
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  using _lock = await waitForLock(`${target}.lock`, () => undefined);
  if (existsSync(target)) return target;
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const environment = toGoEnvironment(process.env, { os, arch: process.arch });
  await findGo(moduleFolder, environment);
  const mainPackage = "github.com/tmccombs/hcl2json";
  await buildBinary({
    recipe: { name: "hcl2json", moduleFolder, mainPackage, version: VERSION, flags: ["-trimpath"] },
    target,
    environment,
    onDownload: () => undefined,
    onCompile: () => undefined,
  });
  return target;
}
