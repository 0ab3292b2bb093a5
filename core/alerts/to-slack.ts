import type { AlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";

/** Limits of Slack: https://docs.slack.dev/reference/block-kit/blocks */
const HEADER_MAX = 150;
const SECTION_MAX = 3_000;
const FIELD_MAX = 2_000;
const FIELDS_MAX = 10;
/** A message has at most 50 blocks. */
const FACTS_MAX = 50;
const FALLBACK_MAX = 3_000;
/** A message has at most 40,000 characters. */
const PREVIEW_MAX = 8_000;

const ICONS = { critical: "🔴", error: "🔴", warning: "🟠", info: "🔵" } as const;

/**
 * The body of a message for Slack. Text from the cluster is `plain_text`, in which nothing is a link, a mention or formatting; only
 * the fallback text is mrkdwn, and is escaped.
 */
export function toSlackMessage(view: AlertView): {
  readonly text: string;
  readonly blocks: readonly object[];
} {
  const { title, summary, problem, preview, outcome, facts, commands, runbook } = view;
  const detail = problem === undefined ? [] : [section(`Problem: ${problem}`)];
  const plan = preview.length === 0 ? [] : [code(limitText(preview.join("\n"), PREVIEW_MAX))];
  const next = commands.length === 0 ? [] : [code(commands.join("\n"))];
  return {
    text: escapeSlack(limitText(`${title}: ${problem ?? summary}`, FALLBACK_MAX)),
    blocks: [
      { type: "header", text: plain(`${toIcon(view)} ${title}`, HEADER_MAX) },
      ...(summary.trim() === "" ? [] : [section(summary)]),
      ...detail,
      ...(outcome.length === 0 ? [] : [section(outcome.join("\n"))]),
      ...plan,
      ...toFields(facts),
      ...(runbook === undefined ? [] : [link("Runbook", runbook)]),
      ...next,
    ],
  };
}

function toIcon({ status, ending, severity }: AlertView): string {
  return ending !== undefined
    ? ending === "well"
      ? "🟢"
      : "⚪"
    : status === "acknowledged"
      ? "👀"
      : ICONS[severity];
}

/** A section has at most ten fields. */
function toFields(facts: AlertView["facts"]): readonly object[] {
  const fields = facts
    .slice(0, FACTS_MAX)
    .map(({ name, value }) => plain(`${name}\n${value}`, FIELD_MAX));
  const count = Math.ceil(fields.length / FIELDS_MAX);
  return Array.from({ length: count }, (_, index) => ({
    type: "section",
    fields: fields.slice(index * FIELDS_MAX, (index + 1) * FIELDS_MAX),
  }));
}

/** The address is data of the element, so nothing in it is interpreted. */
function link(text: string, url: string): object {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "link", url, text }] }],
  };
}

function plain(text: string, maxLength: number): object {
  return { type: "plain_text", text: limitText(text, maxLength), emoji: false };
}

function section(text: string): object {
  return { type: "section", text: plain(text, SECTION_MAX) };
}

function code(text: string): object {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
  };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
