import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { buildPrograms, type GoBuild, type GoProgram } from "../../../sandbox/build/go-build.ts";
import { isProgram } from "../../../sandbox/build/found-programs.ts";
import { findGo, toGoEnvironment } from "../../../sandbox/build/go-toolchain.ts";
import { waitForLock } from "../../../sandbox/host/file-lock.ts";

/** A Go program for this machine at `target`: the one that is there, or built like the control plane. Returns its path. */
export async function ensureGoProgram(
  build: Omit<GoBuild, "environment" | "programs"> & {
    readonly program: GoProgram;
    /** Called before it is built. */
    readonly onBuild?: () => void;
  },
): Promise<string> {
  const { program, moduleFolder } = build;
  const { target } = program;
  if (isProgram(target)) return target;
  build.onBuild?.();
  mkdirSync(dirname(target), { recursive: true });
  using _lock = await waitForLock(`${target}.lock`, () => undefined);
  if (isProgram(target)) return target;
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const environment = toGoEnvironment(process.env, { os, arch: process.arch });
  await findGo(moduleFolder, environment);
  await buildPrograms({ ...build, programs: [program], environment });
  return target;
}
