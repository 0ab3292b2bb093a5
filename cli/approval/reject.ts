import type { Command } from "commander";
import { decideCommand } from "./decide.ts";

/** `kubemend reject NAME`. */
export function rejectCommand(): Command {
  return decideCommand("reject", "Refuse a remediation that waits for an approval");
}
