import type { GuardCounts } from "../../../core/simulate/guard-tally.ts";

/** `rerun: guards: started 12 (2 after they were held back), held back 4 (Cooldown 3, MaxPerHour 1)`. */
export function formatGuardCounts(counts: GuardCounts): string {
  const { rule, started, startedLater, deferred, refused, expired, ended, dryRun, uncounted } =
    counts;
  const later = startedLater === 0 ? "" : ` (${startedLater} after being held back)`;
  const parts = [
    `started ${started}${later}`,
    ...formatCounts("held back", deferred),
    ...formatCounts("refused", refused),
    ...formatCounts("expired", expired),
    ...formatCounts("no longer needed", ended),
    ...formatCounts("dry runs", dryRun),
    ...(uncounted === 0 ? [] : [`not simulated ${uncounted}`]),
  ];
  return `${rule}: guards: ${parts.join(", ")}`;
}

function formatCounts(what: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const entries = Object.entries(counts);
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  if (all === 0) return [];
  return [`${what} ${all} (${entries.map(([code, count]) => `${code} ${count}`).join(", ")})`];
}
