import { homedir } from "node:os";
import { join } from "node:path";

/** The user's cache folder for Kubemend: built control planes, sandboxes. https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheDir(): string {
  const base = process.env["XDG_CACHE_HOME"];
  if (base !== undefined && base !== "") return join(base, "kubemend");
  return process.platform === "darwin"
    ? join(homedir(), "Library", "Caches", "kubemend")
    : join(homedir(), ".cache", "kubemend");
}

/** The folder in which `kubemend sandbox up` keeps its data by default. */
export function defaultDataDir(): string {
  return join(cacheDir(), "sandboxes", "default");
}
