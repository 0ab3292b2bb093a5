import type { AlertView } from "./alert-view.ts";
import { limitText } from "../text/limit-text.ts";

/** A message of Teams has at most 28 KB: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook */
const SUMMARY_MAX = 4_000;
const LINE_MAX = 500;
const PREVIEW_LINES_MAX = 60;
const MESSAGE_MAX_BYTES = 27 * 1024;
/** So many facts, or fewer until the message is small enough. */
const FACTS_LEAST = 5;
const FACTS_MAX = [50, 30, 20, 12, 8, FACTS_LEAST];

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
  for (const factsMax of FACTS_MAX) {
    const message = toMessage(view, factsMax);
    if (new TextEncoder().encode(JSON.stringify(message)).length <= MESSAGE_MAX_BYTES)
      return message;
  }
  return toMessage({ ...view, preview: [], outcome: view.outcome.slice(0, 1) }, FACTS_LEAST);
}

function toMessage(view: AlertView, factsMax: number): object {
  const { title, summary, severity, status, problem, preview, outcome, facts, commands } = view;
  const { runbook } = view;
  const body = [
    line({
      text: limitText(title, LINE_MAX),
      weight: "Bolder",
      size: "Medium",
      color: status === "resolved" ? "Good" : COLORS[severity],
    }),
    ...(summary.trim() === "" ? [] : [line({ text: limitText(summary, SUMMARY_MAX) })]),
    ...(problem === undefined
      ? []
      : [line({ text: limitText(`Problem: ${problem}`, LINE_MAX), color: "Attention" })]),
    ...outcome.map((text) => line({ text: limitText(text, LINE_MAX) })),
    ...toPreview(preview).map((text) => line({ text, fontType: "Monospace" })),
    ...facts
      .slice(0, factsMax)
      .map(({ name, value }) =>
        line({ text: `${name}: `, weight: "Bolder" }, { text: limitText(value, LINE_MAX) }),
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

/** Each line is an element of its own, and takes more room than its text. */
function toPreview(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, PREVIEW_LINES_MAX).map((text) => limitText(text, 160));
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `… and ${left} more lines`];
}

function line(...runs: readonly object[]): object {
  return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}
