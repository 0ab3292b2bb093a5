import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { waitForLock } from "../../../sandbox/host/file-lock.ts";
import { buildBinary } from "../../../sandbox/build/go-build.ts";
import { findGo, toGoEnvironment } from "../../../sandbox/build/go-toolchain.ts";
import { cacheDir } from "../../../sandbox/host/folders.ts";
import type { Progress } from "../progress.ts";

const FLAGS = ["-trimpath", "-mod=readonly"];

/** The program of this folder: taken from the cache, or built with Go like the control plane. */
export async function ensureInformer(progress: Progress): Promise<string> {
  const moduleFolder = import.meta.dirname;
  const sources = readdirSync(moduleFolder).filter((file) => /^go\.|\.go$/.test(file));
  const texts = sources.map((file) => readFileSync(join(moduleFolder, file), "utf8"));
  const key = createHash("sha256")
    .update([...FLAGS, ...texts].join("\n"))
    .digest("hex");
  const platform = `${process.platform}-${process.arch}`;
  const target = join(cacheDir(), "bench", `${platform}-${key.slice(0, 12)}`, "informer");
  if (isProgram(target)) return target;
  progress.doing("building client-go's informer");
  mkdirSync(dirname(target), { recursive: true });
  using _lock = await waitForLock(join(dirname(target), "build.lock"), () => undefined);
  if (isProgram(target)) return target;
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const environment = toGoEnvironment(process.env, { os, arch: process.arch });
  await findGo(moduleFolder, environment);
  await buildBinary({
    recipe: { name: "informer", moduleFolder, mainPackage: ".", version: "", flags: FLAGS },
    target,
    environment,
    onDownload: (module) => progress.at(`fetching ${module}`),
    onCompile: () => progress.at("compiling"),
  });
  return target;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
