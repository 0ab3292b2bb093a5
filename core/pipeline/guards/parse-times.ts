import type { GuardSettings } from "../../guards/settings.ts";
import { parsePeriod } from "../../guards/times/period.ts";
import type { TimedMode } from "../../guards/times/timed-mode.ts";
import type { PipelineIssue } from "../pipeline.ts";
import type { RemediationMode } from "../../../events/request.ts";
import type { TimesDocument } from "./times-schema.ts";

type Path = readonly (string | number)[];

/** Checks that the schema cannot do: that one of the modes by time always applies, and that a freeze ends after it begins. */
export function findTimesIssues(
  { mode, modes = [], freezes = [] }: TimesDocument & { readonly mode?: unknown },
  path: Path,
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  if (mode !== undefined && modes.length > 0) {
    const message = "mode and modes exclude each other";
    const hint = "the last entry of modes, without during, is the mode at all other times";
    issues.push({ path: [...path, "mode"], at: "key", message, hint });
  }
  const last = modes.length - 1;
  const otherwise = modes.findIndex(({ during }) => during === undefined);
  if (last >= 0 && otherwise === -1) {
    const message = "the last entry must be the mode at all other times";
    issues.push({ path: [...path, "modes"], message, hint: "add { mode: enforce }" });
  } else if (otherwise < last) {
    const message = "the entries after this one never apply, because it has no during";
    const hint = "give it a during, or move it to the end";
    issues.push({ path: [...path, "modes", otherwise], message, hint });
  }
  for (const [index, { from, to }] of freezes.entries()) {
    if (Date.parse(from) < Date.parse(to)) continue;
    const message = `it must be later than from, ${from}`;
    issues.push({ path: [...path, "freezes", index, "to"], message });
  }
  return issues;
}

/** The windows and freezes of a rule without issues. */
export function toTimes({
  windows,
  freezes,
}: TimesDocument): Pick<GuardSettings, "windows" | "freezes"> {
  return {
    ...(windows === undefined
      ? {}
      : { windows: windows.flatMap((text) => parsePeriod(text) ?? []) }),
    ...(freezes === undefined
      ? {}
      : {
          freezes: freezes.map(({ from, to, reason }) => ({
            fromMs: Date.parse(from),
            toMs: Date.parse(to),
            reason,
          })),
        }),
  };
}

/** The mode of a rule, and its modes by time. These share their episodes, which are named like those of enforce. */
export function toModes(
  written: (TimesDocument & { readonly mode?: RemediationMode | undefined }) | undefined,
): { readonly mode: RemediationMode; readonly modes?: readonly TimedMode[] } {
  const { mode = "enforce", modes } = written ?? {};
  if (modes === undefined) return { mode };
  return {
    mode: "enforce",
    modes: modes.map(({ during, mode: timed }) => ({
      during: during === undefined ? undefined : parsePeriod(during),
      mode: timed,
    })),
  };
}
