import { accessSync, constants, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { buildBinary, type GoBuild } from "../../../sandbox/build/go-build.ts";
import { findGo, toGoEnvironment } from "../../../sandbox/build/go-toolchain.ts";
import { waitForLock } from "../../../sandbox/host/file-lock.ts";

/** A Go program for this machine at `target`: the one that is there, or built like the control plane. Returns its path. */
export async function ensureGoProgram(
  build: Omit<GoBuild, "environment"> & {
    /** Called before it is built. */
    readonly onBuild?: () => void;
  },
): Promise<string> {
  const { target, recipe } = build;
  if (isProgram(target)) return target;
  build.onBuild?.();
  mkdirSync(dirname(target), { recursive: true });
  using _lock = await waitForLock(`${target}.lock`, () => undefined);
  if (isProgram(target)) return target;
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const environment = toGoEnvironment(process.env, { os, arch: process.arch });
  await findGo(recipe.moduleFolder, environment);
  await buildBinary({ ...build, environment });
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
