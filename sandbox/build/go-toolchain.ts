import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import { runGo } from "./go-command.ts";
import { COMMAND_NOT_FOUND } from "../host/guarded-process.ts";
import type { Platform } from "./recipe.ts";

export type GoToolchain = {
  readonly version: string;
  /** Go's folders for downloaded modules and for compiled packages. */
  readonly moduleCache: string;
  readonly buildCache: string;
};

const INSTALL =
  "Install it from https://go.dev/dl/ and run the command again; Go is needed only once, to build the sandbox's control plane.";

/**
 * Finds Go and checks that it is new enough for the go.mod in `moduleFolder`; with GOTOOLCHAIN=auto (Go's default since 1.21)
 * an older Go downloads the right one here. Throws InvalidConfiguration with a hint if there is none.
 */
export async function findGo(
  moduleFolder: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<GoToolchain> {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(moduleFolder, "go.mod"), "utf8"))?.[1] ?? "";
  const answer = await runGo(
    { args: ["env", "GOVERSION", "GOMODCACHE", "GOCACHE"], cwd: moduleFolder, environment },
    signal,
  );
  if (answer.code === COMMAND_NOT_FOUND) {
    throw refuse(`Go ${wanted} or newer was not found on the PATH. ${INSTALL}`);
  }
  if (answer.code !== 0) {
    throw refuse(
      `Go does not work here: ${lastLine(answer.stderr)}. Go ${wanted} or newer is needed. ${INSTALL}`,
    );
  }
  const [version = "", moduleCache = "", buildCache = ""] = answer.stdout.split("\n");
  if (isOlder(version.replace(/^go/, ""), wanted)) {
    throw refuse(`The Go on the PATH is ${version}; Go ${wanted} or newer is needed. ${INSTALL}`);
  }
  return { version, moduleCache, buildCache };
}

/** The environment for Go: the user's GOPROXY, GOFLAGS and so on are kept; only variables that would change what is built are overridden. */
export function toGoEnvironment(
  environment: NodeJS.ProcessEnv,
  platform: Platform,
): NodeJS.ProcessEnv {
  return {
    // Go's compiler spends less time on collecting garbage, for a quarter more memory. The user's own value goes first.
    GOGC: "200",
    ...environment,
    CGO_ENABLED: "0",
    GOOS: platform.os,
    GOARCH: platform.arch === "x64" ? "amd64" : platform.arch,
    GO111MODULE: "on",
    // A go.work file above the clone would replace our module.
    GOWORK: "off",
  };
}

/** Compares dotted numbers; a development version ("devel ...") counts as new. */
export function isOlder(version: string, wanted: string): boolean {
  if (!/^\d/.test(version)) return false;
  const [have, want] = [toNumbers(version), toNumbers(wanted)];
  for (let index = 0; index < want.length; index += 1) {
    const difference = (have[index] ?? 0) - (want[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function toNumbers(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

const refuse = (message: string): KubemendError =>
  new KubemendError("InvalidConfiguration", message, { retryable: false });
