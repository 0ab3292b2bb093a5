import type { Command } from "commander";
import { decideCommand } from "./decide.ts";

/** `kubemend approve NAME`. */
export function approveCommand(): Command {
  return decideCommand("approve", "Let a remediation that waits for an approval be carried out");
}
