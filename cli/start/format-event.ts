import pc from "picocolors";
import { toPrintable } from "../../core/text/printable.ts";
import type { PlayEvent } from "../../sandbox/scenarios/play.ts";
import { formatMessage } from "./format-message.ts";
import { formatMs } from "./format-ms.ts";

/** A line for each thing that happens in a scenario. What the cluster, a function or a queue has said stays within its line. */
export function formatEvent(event: PlayEvent): string {
  switch (event.type) {
    case "scenario":
      return `\n${pc.bold(toPrintable(`(${event.scenario}) ${event.title}`))}`;
    case "change":
      return `    ${" ".repeat(8)} ${toPrintable(event.step)}`;
    case "step": {
      const latency = pc.cyan(`+${formatMs(event.latencyMs)}`.padStart(8));
      const detail = event.detail === undefined ? "" : pc.dim(toPrintable(` (${event.detail})`));
      return `  ${pc.green("✓")} ${latency} ${toPrintable(event.step)}${detail}`;
    }
    case "message":
      return formatMessage(event);
    case "failed":
      return `  ${pc.red("✗")} ${" ".repeat(8)} ${toPrintable(event.step)}\n      ${pc.red(toPrintable(event.message))}`;
  }
}
