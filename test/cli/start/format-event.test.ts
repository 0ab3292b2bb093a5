import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatEvent } from "../../../cli/start/format-event.ts";
import type { PlayEvent } from "../../../sandbox/scenarios/play.ts";

const EVIL = "\u001B[2J\u202Ea\nforged";
const scenario = "A";

describe("a line of a scenario", () => {
  it("says what happened, and how long it took", () => {
    const event = { type: "step", scenario, step: "a Job was created", latencyMs: 12_345 } as const;
    expect(stripVTControlCharacters(formatEvent({ ...event, detail: "nightly-1" }))).toBe(
      "  ✓  +12.3 s a Job was created (nightly-1)",
    );
  });

  it.each<[PlayEvent, lines: number]>([
    [{ type: "scenario", scenario, title: EVIL }, 2],
    [{ type: "change", scenario, step: EVIL }, 1],
    [{ type: "step", scenario, step: EVIL, latencyMs: 1, detail: EVIL }, 1],
    [{ type: "failed", scenario, step: EVIL, message: EVIL }, 2],
  ])(
    "stays on its lines and controls no terminal, whatever the cluster says: %j",
    (event, lines) => {
      const text = stripVTControlCharacters(formatEvent(event));
      expect(text.split("\n")).toHaveLength(lines);
      expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
      expect(text).toContain(String.raw`\u001b[2J\u202ea\nforged`);
    },
  );
});
