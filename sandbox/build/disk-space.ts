import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import type { GoToolchain } from "./go-toolchain.ts";

const GIB = 1024 ** 3;
/** Measured for a first build: 0.9 GB of modules, 2.5 GB of compiled packages, and the linker's temporary files. */
const COLD_BYTES = 4.5 * GIB;
/** The modules have been downloaded already, so most of the compiled packages exist too. */
const WARM_BYTES = 2 * GIB;
/** All five binaries: 364 MB. */
const BINARIES_BYTES = 0.5 * GIB;

/** Throws InvalidConfiguration if a build would run out of disk space, so that it does not fail after minutes of work. */
export function checkDiskSpace(
  go: GoToolchain,
  cacheFolder: string,
  kubernetesVersion: string,
): void {
  const known = existsSync(join(go.moduleCache, `k8s.io/kubernetes@v${kubernetesVersion}`));
  const bytes = known ? WARM_BYTES : COLD_BYTES;
  requireFree(go.buildCache, bytes, "Go's build cache (GOCACHE)");
  requireFree(go.moduleCache, bytes, "Go's module cache (GOMODCACHE)");
  requireFree(cacheFolder, BINARIES_BYTES, "Kubemend's cache (XDG_CACHE_HOME)");
}

function requireFree(folder: string, bytes: number, about: string): void {
  const free = freeBytes(folder);
  if (free >= bytes) return;
  throw new KubemendError(
    "InvalidConfiguration",
    `Building the sandbox's control plane needs ${toGib(bytes)} GiB free for ${about}, but ${folder} has ${toGib(free)} GiB. ` +
      "Free some space, or set the variable to a folder on a larger disk.",
    { retryable: false },
  );
}

const toGib = (bytes: number): string => (bytes / GIB).toFixed(1);

function freeBytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}
