import type { AlertView } from "./alert-view.ts";
import { limitText, toByteLength } from "../text/limit-text.ts";

/** A line of a plan is an element of its own, which takes more room than its text. */
const PLAN_LINE_MAX = 160;
/** A message of Teams has at most 28 KB: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
const MESSAGE_MAX_BYTES = 27 * 1024;

/** How much of a view is shown: facts, lines of a plan and of an outcome, and characters of a summary and of a line. */
type Room = {
  readonly facts: number;
  readonly plan: number;
  readonly outcome: number;
  readonly summary: number;
  readonly line: number;
};

const FULL: Omit<Room, "facts"> = { plan: 60, outcome: 12, summary: 4_000, line: 500 };

/** The first one with which the message is small enough. A character has up to six bytes of JSON. */
const ROOMS: readonly Room[] = [
  ...[50, 30, 20, 12, 8, 5].map((facts) => ({ ...FULL, facts })),
  { facts: 5, plan: 30, outcome: 6, summary: 1_500, line: 150 },
];
/** A person who approves a plan must see a part of it: the rest is in the record. */
const LEAST_ROOM: Room = { facts: 5, plan: 8, outcome: 3, summary: 500, line: 80 };

const COLORS = {
  critical: "Attention",
  error: "Attention",
  warning: "Warning",
  info: "Accent",
} as const;

/**
 * The body of a message for Teams: an Adaptive Card. Only text runs are used, because other elements interpret Markdown.
 * @see https://adaptivecards.io/explorer/RichTextBlock.html
 */
export function toTeamsMessage(view: AlertView): object {
  for (const room of ROOMS) {
    const message = toMessage(view, room);
    if (toByteLength(JSON.stringify(message)) <= MESSAGE_MAX_BYTES) return message;
  }
  return toMessage(view, LEAST_ROOM);
}

function toMessage(view: AlertView, room: Room): object {
  const { title, summary, problem, preview, outcome, facts, commands } = view;
  const { runbook } = view;
  const body = [
    line({
      text: limitText(title, room.line),
      weight: "Bolder",
      size: "Medium",
      color: toColor(view),
    }),
    ...(summary.trim() === "" ? [] : [line({ text: limitText(summary, room.summary) })]),
    ...(problem === undefined
      ? []
      : [line({ text: limitText(`Problem: ${problem}`, room.line), color: "Attention" })]),
    ...outcome.slice(0, room.outcome).map((text) => line({ text: limitText(text, room.line) })),
    ...toPreview(preview, room).map((text) => line({ text, fontType: "Monospace" })),
    ...facts
      .slice(0, room.facts)
      .map(({ name, value }) =>
        line(
          { text: `${limitText(name, room.line)}: `, weight: "Bolder" },
          { text: limitText(value, room.line) },
        ),
      ),
    ...commands.map((command) => line({ text: command, fontType: "Monospace" })),
  ];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
    ...(runbook === undefined
      ? {}
      : { actions: [{ type: "Action.OpenUrl", title: "Runbook", url: runbook }] }),
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
  };
}

function toColor({ ending, severity }: AlertView): string {
  if (ending !== undefined) return ending === "well" ? "Good" : "Default";
  return COLORS[severity];
}

/** The first lines of a plan, and how many more there are. */
function toPreview(lines: readonly string[], room: Room): readonly string[] {
  const shown = lines
    .slice(0, room.plan)
    .map((text) => limitText(text, Math.min(PLAN_LINE_MAX, room.line)));
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `… and ${left} more lines`];
}

function line(...runs: readonly object[]): object {
  return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}
