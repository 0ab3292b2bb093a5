import { formatPlace } from "../../core/mirror/manifest.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { toJsonLine } from "../terminal/printable.ts";
import { FINDING_KINDS, isDifference, type Finding, type FindingKind } from "./finding.ts";
import { formatFinding } from "./format-finding.ts";
import type { MirrorDiff } from "./diff-mirror.ts";
import type { ShownDifference } from "./show-differences.ts";

/** The two clusters, as the user and the pipeline name them. */
export type Compared = {
  readonly from: { readonly name: string; readonly uid: string };
  readonly to: { readonly name: string; readonly uid: string; readonly cluster: string };
};

/** The report of a diff, written as it comes, so that nothing is kept. Its methods are called in this order. */
export type DiffReport = {
  readonly begin: (compared: Compared) => void;
  /** A rule; its findings follow. */
  readonly rule: (rule: { readonly id: string; readonly resource: string }) => void;
  readonly finding: (finding: Finding, differences: readonly ShownDifference[]) => void;
  readonly endRule: (diff: MirrorDiff) => void;
  /** Whether everything so far is equal. */
  readonly isEqual: () => boolean;
  /** Whether everything is equal. */
  readonly end: () => boolean;
  /** The diff has failed; what was written so far becomes a whole document. */
  readonly fail: (message: string) => void;
};

type Counts = Map<FindingKind, number>;

export function createDiffReport(
  options: { readonly json: boolean },
  write: (text: string) => void,
): DiffReport {
  return options.json ? createJsonReport(write) : createTextReport(write);
}

function createTextReport(write: (text: string) => void): DiffReport {
  const total = createTotal();
  let name = { from: "", to: "" };
  let title = "";
  return {
    begin({ from, to }) {
      const cluster = to.name === to.cluster ? "" : ` (${to.cluster})`;
      name = { from: from.name, to: `${to.name}${cluster}` };
    },
    rule({ id, resource }) {
      title = `${id}: ${resource}`;
      total.begin();
    },
    finding(finding, differences) {
      if (total.isEqual()) write(`${toPrintable(title)}\n`);
      total.add(finding.kind);
      write(`${formatFinding(finding, differences).join("\n")}\n`);
    },
    endRule(diff) {
      const found = total.end(diff);
      if (diff.outcome === "refused") {
        write(`${toPrintable(`${title}: cannot be copied: ${diff.message}`)}\n`);
      } else if (found === "") {
        write(`${toPrintable(`${title}: ${count(diff.compared)}, equal`)}\n`);
      } else {
        write(`  ${count(diff.compared)}: ${found}\n`);
      }
      if (diff.outcome === "compared" && diff.onlyIn !== undefined) {
        const where = diff.onlyIn.join(", ");
        const text = `  copies at places of an earlier mapping were not looked for: they cannot be listed outside of ${where}`;
        write(`${toPrintable(text)}\n`);
      }
    },
    isEqual: () => total.sum().isEqual,
    end() {
      const { isEqual, compared, found } = total.sum();
      const what = isEqual ? ["equal", found].filter((text) => text !== "").join(", ") : found;
      write(`${toPrintable(`${name.from} to ${name.to}: ${count(compared)}: ${what}`)}\n`);
      return isEqual;
    },
    // The reason follows on stderr.
    fail: () => {},
  };
}

/** One document in one line. */
function createJsonReport(write: (text: string) => void): DiffReport {
  const total = createTotal();
  let open: readonly string[] = [];
  let isFirst = true;
  const writeItem = (text: string): void => {
    write(`${isFirst ? "" : ","}${text}`);
    isFirst = false;
  };
  return {
    begin(compared) {
      const head = toJsonLine(compared);
      write(`${head.slice(0, -1)},"mirrors":[`);
      open = ["]}"];
    },
    rule({ id, resource }) {
      writeItem(`${toJsonLine({ rule: id, resource }).slice(0, -1)},"differences":[`);
      total.begin();
      open = ["]}", ...open];
      isFirst = true;
    },
    finding(finding, differences) {
      total.add(finding.kind);
      writeItem(toJsonLine(toJson(finding, differences)));
    },
    endRule(diff) {
      total.end(diff);
      const { outcome, ...rest } = diff;
      const ended = outcome === "refused" ? { refused: rest } : rest;
      write(`],${toJsonLine(ended).slice(1, -1)}}`);
      open = open.slice(1);
      isFirst = false;
    },
    isEqual: () => total.sum().isEqual,
    end() {
      const { isEqual, compared, counts } = total.sum();
      const ended = { equal: isEqual, compared, counts: Object.fromEntries(counts) };
      write(`],${toJsonLine(ended).slice(1)}\n`);
      return isEqual;
    },
    fail(message) {
      if (open.length === 0) return;
      const last = `],${toJsonLine({ error: message }).slice(1)}\n`;
      write([...open.slice(0, -1), last].join(""));
    },
  };
}

function toJson(finding: Finding, fields: readonly ShownDifference[]): unknown {
  const { kind, source, copy, reason } = finding;
  const named = { kind, source: formatPlace(source), copy: formatPlace(copy), reason };
  return fields.length === 0 ? named : { ...named, fields };
}

/** Counts the findings of the rule in progress, and of all. */
function createTotal() {
  const all: Counts = new Map();
  let own: Counts = new Map();
  let compared = 0;
  let refused = 0;
  return {
    begin: () => void (own = new Map()),
    add(kind: FindingKind) {
      for (const counts of [own, all]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    },
    /** Whether the rule in progress has no finding yet. */
    isEqual: () => own.size === 0,
    end(diff: MirrorDiff): string {
      if (diff.outcome === "refused") refused += 1;
      else compared += diff.compared;
      return formatCounts(own);
    },
    sum() {
      const rules = refused === 1 ? "1 rule cannot be copied" : `${refused} rules cannot be copied`;
      const found = [formatCounts(all), refused === 0 ? "" : rules].filter((text) => text !== "");
      return {
        isEqual: [...all.keys()].every((kind) => !isDifference(kind)) && refused === 0,
        compared,
        counts: all,
        found: found.join(", "),
      };
    },
  };
}

function formatCounts(counts: Counts): string {
  return FINDING_KINDS.flatMap((kind) => {
    const number = counts.get(kind);
    return number === undefined ? [] : [`${number.toLocaleString("en")} ${kind}`];
  }).join(", ");
}

function count(objects: number): string {
  return objects === 1 ? "1 object" : `${objects.toLocaleString("en")} objects`;
}
