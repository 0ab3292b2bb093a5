import { parseDuration } from "../../core/text/duration.ts";
import { misuse } from "../terminal/misuse.ts";

export type SilenceFlags = {
  readonly label?: readonly string[];
  readonly for?: string;
  readonly reason?: string;
  readonly list?: boolean;
  readonly end?: string;
};

/** The request of the user. */
export type Asked =
  | { readonly what: "list" }
  | { readonly what: "end"; readonly name: string }
  | {
      readonly what: "silence";
      readonly rule?: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly reason?: string;
      readonly forMs: number;
    };

/** A year: to silence a rule for longer, remove its alert. */
const FOR_MAX_MS = 366 * 86_400_000;

/** Throws a misuse that names the flag that is missing or superfluous. */
export function parseAsked(rule: string | undefined, flags: SilenceFlags): Asked {
  const { label = [], list = false, end, reason } = flags;
  const isSilencing = rule !== undefined || label.length > 0 || flags.for !== undefined;
  if ([isSilencing, list, end !== undefined].filter(Boolean).length !== 1) {
    throw misuse("expected a rule or --label with --for, or --list, or --end NAME");
  }
  if (list) return { what: "list" };
  if (end !== undefined) return { what: "end", name: end };
  if (rule === undefined && label.length === 0) {
    throw misuse("expected a rule, or --label KEY=VALUE: nothing else would be selected");
  }
  return {
    what: "silence",
    ...(rule === undefined ? {} : { rule }),
    ...(label.length === 0 ? {} : { labels: toLabels(label) }),
    ...(reason === undefined ? {} : { reason }),
    forMs: toMs(flags.for),
  };
}

function toMs(text: string | undefined): number {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (ms === undefined || ms <= 0 || ms > FOR_MAX_MS) {
    throw misuse("expected --for with a duration such as 30m or 2h, of at most a year");
  }
  return ms;
}

function toLabels(written: readonly string[]): Readonly<Record<string, string>> {
  const labels = written.map((label) => {
    const at = label.indexOf("=");
    if (at <= 0) throw misuse(`expected --label KEY=VALUE, not ${label}`);
    return [label.slice(0, at), label.slice(at + 1)] as const;
  });
  const keys = labels.map(([key]) => key);
  if (new Set(keys).size < keys.length) throw misuse("a label is named twice, and both must fit");
  return Object.fromEntries(labels);
}
