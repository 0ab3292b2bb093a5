import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runGo } from "../../../sandbox/build/go-command.ts";
import { findGo, toGoEnvironment } from "../../../sandbox/build/go-toolchain.ts";
import { cacheDir } from "../../../sandbox/host/folders.ts";
import { describeError } from "../../../core/errors.ts";

const VERSION = "0.95.2";
const MODULE = join(import.meta.dirname, "prometheus-operator");
const TYPES = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1";

/** A folder with the definitions of the Prometheus Operator, or why there is none. */
export type Definitions = { readonly folder: string } | { readonly missing: string };

/**
 * Makes the definitions as the Prometheus Operator's own build does: of its types, with controller-gen. Both are fetched by Go the first
 * time; the definitions are kept in the cache folder.
 * @see https://github.com/prometheus-operator/prometheus-operator/blob/main/Makefile
 */
export async function makePrometheusDefinitions(): Promise<Definitions> {
  const folder = join(cacheDir(), "test", `prometheus-operator-${VERSION}`);
  if (existsSync(folder)) return { folder };
  const made = `${folder}.${randomUUID()}`;
  mkdirSync(made, { recursive: true });
  try {
    const os = process.platform === "darwin" ? "darwin" : "linux";
    const environment = toGoEnvironment(process.env, { os, arch: process.arch });
    await findGo(MODULE, environment);
    const generate = ["crd:crdVersions=v1", `paths=${TYPES}`, `output:crd:dir=${made}`];
    const args = ["tool", "controller-gen", ...generate];
    const { code, stderr } = await runGo({ args, cwd: MODULE, environment });
    if (code !== 0) return { missing: `controller-gen failed: ${stderr.trim()}` };
    renameSync(made, folder);
    return { folder };
  } catch (error) {
    return existsSync(folder) ? { folder } : { missing: describeError(error) };
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
