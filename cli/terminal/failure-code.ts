import { EXIT_FAILED } from "./exit.ts";

let code = EXIT_FAILED;

/** Sets the exit code of failures, for a command whose exit code 1 is an answer, as that of `diff` is. */
export function setFailureCode(own: number): void {
  code = own;
}

/** The exit code of a command that has failed. */
export function findFailureCode(): number {
  return code;
}
