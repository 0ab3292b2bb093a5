import type { AlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";

/** A message of Teams has at most 28 KB: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
const SUMMARY_MAX = 4_000;
const LINE_MAX = 500;
const PREVIEW_LINES_MAX = 60;

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
  const { title, summary, severity, problem, preview, facts, commands } = view;
  const body = [
    line({
      text: limitText(title, LINE_MAX),
      weight: "Bolder",
      size: "Medium",
      color: COLORS[severity],
    }),
    ...(summary.trim() === "" ? [] : [line({ text: limitText(summary, SUMMARY_MAX) })]),
    ...(problem === undefined
      ? []
      : [line({ text: limitText(`Problem: ${problem}`, LINE_MAX), color: "Attention" })]),
    ...toPreview(preview).map((text) => line({ text, fontType: "Monospace" })),
    ...facts.map(({ name, value }) =>
      line({ text: `${name}: `, weight: "Bolder" }, { text: limitText(value, LINE_MAX) }),
    ),
    ...commands.map((command) => line({ text: command, fontType: "Monospace" })),
  ];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
  };
}

/** Each line is an element of its own, and takes more room than its text. */
function toPreview(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, PREVIEW_LINES_MAX).map((text) => limitText(text, 160));
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `… and ${left} more lines`];
}

function line(...runs: readonly object[]): object {
  return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}
