import { execFile } from "node:child_process";
import { refuse, ok, type Result } from "../../core/result.ts";
import type { Stage } from "../setup/stage.ts";

/** Why something could not be read: `isDenied` means that it is not known, and nothing is wrong with it. */
export type Unread = { readonly isDenied: boolean; readonly reason: string };

/** Reads by the AWS command line: the words of a command, and its JSON. */
export type ReadAws = (words: readonly string[]) => Promise<Result<unknown, Unread>>;

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** No credentials, or no right: nothing can be said about what was asked for. */
const DENIED =
  /Unable to locate credentials|ExpiredToken|AccessDenied|UnauthorizedOperation|InvalidClientTokenId|SSO session|not authorized|could not be found.*profile/i;

/** With the user's own credentials, in the region and with the profile of the stage. */
export function createReadAws(
  { region, profile }: Pick<Stage, "region" | "profile">,
  signal: AbortSignal,
): ReadAws {
  const fixed = ["--region", region, "--output", "json"];
  const as = profile === undefined ? [] : ["--profile", profile];
  return (words) =>
    new Promise((resolve) => {
      const options = { signal, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES };
      execFile("aws", [...words, ...fixed, ...as], options, (error, stdout, stderr) => {
        if (error === null) {
          resolve(parse(stdout));
        } else if (error.code === "ENOENT") {
          resolve(refuse({ isDenied: true, reason: "the AWS command line is not installed" }));
        } else {
          const reason = stderr.trim().split("\n").at(-1) || error.message;
          resolve(refuse({ isDenied: DENIED.test(stderr), reason }));
        }
      });
    });
}

function parse(stdout: string): Result<unknown, Unread> {
  try {
    return ok(stdout.trim() === "" ? {} : (JSON.parse(stdout) as unknown));
  } catch {
    return refuse({ isDenied: false, reason: "the AWS command line did not print JSON" });
  }
}
