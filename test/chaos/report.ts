import { parseChangeMessage } from "../../events/change.ts";
import type { RoundResult } from "./round.ts";
import type { TruthEvent } from "./truth.ts";

const MISSES_TOLD = 12;
const HISTORIES_TOLD = 3;

/** Why a round failed: its seed, what was missed, what was done to the world, and all that is known of the objects concerned. */
export function toFailureReport(seed: string, result: RoundResult): string {
  const { misses, chronicle } = result;
  const names = new Set(misses.flatMap(({ name }) => name ?? []));
  return [
    `round with seed ${seed}: ${misses.length} promises not kept`,
    ...misses.slice(0, MISSES_TOLD).map(({ rule, text }) => `  [${rule}] ${text}`),
    ...(misses.length > MISSES_TOLD ? [`  and ${misses.length - MISSES_TOLD} more`] : []),
    "what was done:",
    ...chronicle.lines.map((line) => `  ${line}`),
    ...[...names].slice(0, HISTORIES_TOLD).flatMap((name) => toHistory(name, result)),
  ].join("\n");
}

function toHistory(name: string, { input }: RoundResult): readonly string[] {
  const events = input.truth.get(name) ?? [];
  const messages = input.received.flatMap(({ body }, index) => {
    const parsed = parseChangeMessage(body);
    if (parsed.outcome === "refused") return [];
    const { data, time } = parsed.value;
    if (data.object.metadata.name !== name) return [];
    const step = (data.object["data"] as { step?: string } | undefined)?.step ?? "";
    const flags = data.gap === true ? " gap" : "";
    return [
      `    #${index} ${time} ${data.watch} ${data.change} ${data.object.metadata.uid.slice(0, 8)}@${data.resourceVersion} ${step} epoch ${data.epoch}${flags}`,
    ];
  });
  return [
    `what the API server answered about ${name}:`,
    ...events.map((event) => `    ${(event.atMs / 1000).toFixed(2)} s ${toLine(event)}`),
    `what the queue held about ${name}:`,
    ...messages,
  ];
}

function toLine(event: TruthEvent): string {
  const uid = event.uid.slice(0, 8);
  if (event.type === "gone")
    return `${uid} ${event.how === "deleted" ? "deleted" : "not in the copy"}`;
  return `${uid}@${event.resourceVersion} ${event.team} ${event.step}`;
}
