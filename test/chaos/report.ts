import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { RoundResult } from "./round.ts";
import type { TruthEvent } from "./check/truth.ts";
import { COMPARED_RULE } from "./world/pipeline.ts";

const MISSES_SHOWN = 12;
const HISTORIES_SHOWN = 3;

/** Why a round failed: its seed, the broken promises, the faults, and everything that is known of the objects concerned. */
export function toFailureReport(seed: string, result: RoundResult): string {
  const { misses, chronicle } = result;
  const names = new Set(misses.flatMap(({ name }) => name ?? []));
  return [
    `round with seed ${seed}: ${misses.length} promises not kept`,
    ...misses.slice(0, MISSES_SHOWN).map(({ rule, text }) => `  [${rule}] ${text}`),
    ...(misses.length > MISSES_SHOWN ? [`  and ${misses.length - MISSES_SHOWN} more`] : []),
    "faults and other actions:",
    ...chronicle.lines.map((line) => `  ${line}`),
    ...[...names].slice(0, HISTORIES_SHOWN).flatMap((name) => toHistory(name, result)),
  ].join("\n");
}

function toHistory(name: string, { input }: RoundResult): readonly string[] {
  const events = input.truth.get(name) ?? [];
  const messages = input.received.flatMap(({ body }, index) => {
    const parsed = parseChangeBody(body);
    if (parsed.outcome === "refused") return [];
    const { data, time } = parsed.value;
    if (data.object.metadata.name !== name) return [];
    const step = (data.object["data"] as { step?: string } | undefined)?.step ?? "";
    const changed = data.changed?.[COMPARED_RULE];
    const flags = `${data.gap === true ? " gap" : ""}${changed === undefined ? "" : ` changed: ${changed}`}`;
    return [
      `    #${index} ${time} ${data.watch} ${data.change} ${data.object.metadata.uid.slice(0, 8)}@${data.resourceVersion} ${step} epoch ${data.epoch}${flags}`,
    ];
  });
  return [
    `answers of the API server about ${name}:`,
    ...events.map((event) => `    ${(event.atMs / 1000).toFixed(2)} s ${toLine(event)}`),
    `messages in the queue about ${name}:`,
    ...messages,
  ];
}

function toLine(event: TruthEvent): string {
  const uid = event.uid.slice(0, 8);
  if (event.type === "gone")
    return `${uid} ${event.how === "deleted" ? "deleted" : "not in the restored backup"}`;
  return `${uid}@${event.resourceVersion} ${event.team} ${event.step}`;
}
