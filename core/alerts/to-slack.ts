import type { AlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";

/** Limits of Slack: https://docs.slack.dev/reference/block-kit/blocks */
const HEADER_MAX = 150;
const SECTION_MAX = 3_000;
const FIELD_MAX = 2_000;
const FIELDS_MAX = 10;
const FALLBACK_MAX = 3_000;
const URL_MAX = 3_000;

/**
 * Slack refuses blocks that are too long together, from about 13,000 characters on, with their structure: it documents no number.
 * @see https://github.com/slackapi/bolt-js/issues/2509
 */
const BLOCKS_MAX = 12_000;

/** How much of a view is shown: facts, and characters of each, of a section and of the plan. A message has at most 50 blocks. */
type Room = {
  readonly facts: number;
  readonly fact: number;
  readonly section: number;
  readonly plan: number;
};

/** The first one with which the message is short enough. */
const ROOMS: readonly Room[] = [
  { facts: 50, fact: FIELD_MAX, section: SECTION_MAX, plan: 8_000 },
  { facts: 50, fact: 500, section: SECTION_MAX, plan: 5_000 },
  { facts: 30, fact: 200, section: 2_000, plan: 3_000 },
  { facts: 20, fact: 150, section: 1_000, plan: 1_500 },
  { facts: 10, fact: 100, section: 500, plan: 800 },
];
const LEAST_ROOM: Room = { facts: 5, fact: 100, section: 250, plan: 400 };

const ICONS = { critical: "🔴", error: "🔴", warning: "🟠", info: "🔵" } as const;

/**
 * The body of a message for Slack. Text from the cluster is `plain_text`, in which nothing is a link, a mention or formatting; only
 * the fallback text is mrkdwn, and is escaped.
 */
export function toSlackMessage(view: AlertView): {
  readonly text: string;
  readonly blocks: readonly object[];
} {
  const { title, summary, problem } = view;
  const text = escapeSlack(limitText(`${title}: ${problem ?? summary}`, FALLBACK_MAX));
  for (const room of ROOMS) {
    const blocks = toBlocks(view, room);
    if (JSON.stringify(blocks).length <= BLOCKS_MAX) return { text, blocks };
  }
  return { text, blocks: toBlocks(view, LEAST_ROOM) };
}

function toBlocks(view: AlertView, room: Room): readonly object[] {
  const { title, summary, problem, preview, outcome, facts, commands, runbook } = view;
  const plan = limitText(preview.join("\n"), room.plan);
  return [
    { type: "header", text: plain(`${toIcon(view)} ${title}`, HEADER_MAX) },
    ...(summary.trim() === "" ? [] : [section(summary, room)]),
    ...(problem === undefined ? [] : [section(`Problem: ${problem}`, room)]),
    ...(outcome.length === 0 ? [] : [section(outcome.join("\n"), room)]),
    ...(plan === "" ? [] : [code(plan)]),
    ...toFields(facts, room),
    ...(runbook === undefined || runbook.length > URL_MAX ? [] : [link("Runbook", runbook)]),
    ...(commands.length === 0 ? [] : [code(commands.join("\n"))]),
  ];
}

function toIcon({ status, ending, severity }: AlertView): string {
  if (ending !== undefined) return ending === "well" ? "🟢" : "⚪";
  return status === "acknowledged" ? "👀" : ICONS[severity];
}

/** A section has at most ten fields. */
function toFields(facts: AlertView["facts"], room: Room): readonly object[] {
  const fields = facts
    .slice(0, room.facts)
    .map(({ name, value }) => plain(`${name}\n${value}`, room.fact));
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

function section(text: string, room: Room): object {
  return { type: "section", text: plain(text, room.section) };
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
