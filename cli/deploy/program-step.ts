import type { Step } from "../setup/step.ts";

/** What the steps of a deployment start. */
const PROGRAMS = ["npm", "aws", "kubectl", "helm"];

/** So that a program that is missing is noticed before anything is deployed, and not halfway. */
export function toProgramStep(): Step {
  const missing = '{ echo "$program is not installed, or not on the PATH" >&2; exit 1; }';
  return {
    title: `Look for ${PROGRAMS.join(", ")}`,
    command: `for program in ${PROGRAMS.join(" ")}; do command -v "$program" >/dev/null || ${missing}; done`,
  };
}
