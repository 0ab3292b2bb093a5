import pc from "picocolors";

/** A check that was skipped has found nothing because it has not looked. */
export function describeEnd(failures: number, skipped: number): string {
  const unchecked =
    skipped === 0 ? "" : ` ${skipped} ${skipped === 1 ? "check was" : "checks were"} skipped.`;
  if (failures > 0) return pc.red(`${failures} failed.`) + unchecked;
  return (skipped === 0 ? pc.green : pc.yellow)("Nothing failed.") + unchecked;
}
