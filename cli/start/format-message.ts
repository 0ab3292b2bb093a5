import pc from "picocolors";
import { readField, readList, readOwn } from "../../core/json/read-json.ts";
import { limitText } from "../../core/text/limit-text.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { SlackMessage } from "../../sandbox/receiver/local-slack.ts";

const LINES_MAX = 30;
const LINE_MAX_LENGTH = 160;

type Style = "bold" | "dim" | "cyan";
type Line = { readonly text: string; readonly style?: Style };

/**
 * A message of Slack as lines of a terminal, about as Slack shows it: header, sections, fields with their names, code, links. Total: a block
 * of another kind, or without its text, shows nothing. A long one is cut.
 */
export function formatMessage({ text, blocks }: SlackMessage): string {
  const all = blocks.flatMap(toLines);
  const lines = all.length === 0 ? split(text) : all;
  const more = lines.length - LINES_MAX;
  const shown: readonly Line[] =
    more <= 0
      ? lines
      : [...lines.slice(0, LINES_MAX), { text: `… and ${more} more lines`, style: "dim" }];
  return [mark("┌ Slack"), ...shown.map(formatLine), mark("└")].join("\n");
}

function mark(text: string): string {
  return `      ${pc.dim(text)}`;
}

function formatLine({ text, style }: Line): string {
  const shown = limitText(toPrintable(text), LINE_MAX_LENGTH);
  return `${mark("│")} ${style === undefined ? shown : pc[style](shown)}`;
}

function toLines(block: unknown): readonly Line[] {
  switch (readOwn(block, "type")) {
    case "header":
      return split(readField(block, "text", "text"), "bold");
    case "section":
      return [
        ...split(readField(block, "text", "text")),
        ...readList(readOwn(block, "fields")).flatMap(toField),
      ];
    case "rich_text":
      return readList(readOwn(block, "elements")).flatMap(toRichLines);
    default:
      return [];
  }
}

/** The name of a field is its first line. */
function toField(field: unknown): readonly Line[] {
  const [name, ...value] = split(readOwn(field, "text"));
  if (name === undefined) return [];
  return [{ text: `${name.text}: ${value.map(({ text }) => text).join(" ")}`, style: "dim" }];
}

function toRichLines(element: unknown): readonly Line[] {
  const parts = readList(readOwn(element, "elements"));
  const isCode = readOwn(element, "type") === "rich_text_preformatted";
  return parts.flatMap((part) => {
    if (readOwn(part, "type") === "link") {
      return [{ text: `${toText(readOwn(part, "text"))}: ${toText(readOwn(part, "url"))}` }];
    }
    const lines = split(readOwn(part, "text"));
    return isCode
      ? lines.map((line) => ({ text: `  ${line.text}`, style: "cyan" as const }))
      : lines;
  });
}

function split(text: unknown, style?: Style): readonly Line[] {
  if (typeof text !== "string" || text === "") return [];
  return text
    .split("\n")
    .map((line) => ({ text: line, ...(style === undefined ? {} : { style }) }));
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
