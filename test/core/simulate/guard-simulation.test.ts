import { describe, expect, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { DEFAULT_GUARDS, type GuardSettings } from "../../../core/guards/settings.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { createGuardSimulation } from "../../../core/simulate/guard-simulation.ts";

const START_MS = Date.parse("2026-03-01T10:00:00.000Z");
const MINUTE_MS = 60_000;

/** Without limits, but for those that a test is about. */
const OFF: GuardSettings = { whenGuarded: "defer", deferForMs: 30 * MINUTE_MS };

type Options = {
  readonly guards?: Partial<GuardSettings>;
  readonly mode?: Rule["mode"];
  readonly durationMs?: number;
  readonly fails?: boolean;
  readonly most?: number;
};

function start({ guards = {}, mode = "enforce", durationMs = 0, fails = false, most }: Options) {
  const rule = { id: "r", guards: { ...OFF, ...guards } } as Rule;
  const assumptions = { assumed: { durationMs, fails }, look: { most: 100 } };
  const simulation = createGuardSimulation(assumptions, most);
  const said: string[] = [];
  const note = (events: readonly GuardEvent[]): void => {
    for (const { time, record, outcome, code } of events) {
      const minutes = (Date.parse(time) - START_MS) / MINUTE_MS;
      const name = record.replace(/-.*/, "");
      said.push(`${minutes} ${name} ${outcome}${code === undefined ? "" : ` ${code}`}`);
    }
  };
  const toName = (episode: string): string => `${episode}-${episode.padEnd(20, "0")}`;
  return {
    said,
    isReopenable: (episode: string) => simulation.isReopenable(toName(episode)),
    /** `a1` is the first episode of the object `a`. */
    ask: (minutes: number, episode: string, waitMinutes = 0): void => {
      const nowMs = START_MS + minutes * MINUTE_MS;
      note(simulation.advance(nowMs));
      const uid = episode.slice(0, 1);
      const name = toName(episode);
      simulation.see({ rule: "r", uid, record: name, code: "EpisodeOver" });
      const record = {
        metadata: { name },
        spec: { mode, rule: { id: "r" }, cluster: { uid: "c" }, trigger: { uid } },
      } as RemediationRecord;
      const asksMs = nowMs + waitMinutes * MINUTE_MS;
      simulation.request({ rule, record, line: 1, matchedMs: nowMs, asksMs });
      note(simulation.advance(nowMs));
    },
    /** The object no longer matches. */
    over: (minutes: number, uid: string, code = "ConditionNoLongerHolds"): void => {
      note(simulation.advance(START_MS + minutes * MINUTE_MS));
      simulation.see({ rule: "r", uid, code });
    },
    end: () => note(simulation.advance(Number.POSITIVE_INFINITY)),
  };
}

describe("over a recording", () => {
  test("a second request of one object waits for the end of the cooldown, and then starts", () => {
    const { ask, end, said } = start({ guards: { cooldownMs: 5 * MINUTE_MS } });
    ask(0, "a1");
    ask(1, "b1");
    ask(2, "a2");
    end();
    expect(said).toEqual([
      "0 a1 started",
      "1 b1 started",
      "2 a2 deferred Cooldown",
      "5 a2 started Cooldown",
    ]);
  });

  test("one that has waited for deferFor expires, and the next match may ask again", () => {
    const guards = { maxPerHour: 1, deferForMs: 10 * MINUTE_MS };
    const { ask, said, isReopenable, end } = start({ guards });
    ask(0, "a1");
    ask(1, "b1");
    ask(20, "c1");
    expect(isReopenable("b1")).toBe(true);
    ask(70, "b1");
    end();
    expect(said).toEqual([
      "0 a1 started",
      "1 b1 deferred MaxPerHour",
      "11 b1 expired MaxPerHour",
      "20 c1 deferred MaxPerHour",
      "30 c1 expired MaxPerHour",
      "70 b1 started",
    ]);
    expect(isReopenable("b1")).toBe(false);
  });

  test("with whenGuarded: refuse nothing waits", () => {
    const { ask, end, said } = start({ guards: { maxPerHour: 1, whenGuarded: "refuse" } });
    ask(0, "a1");
    ask(1, "b1");
    end();
    expect(said).toEqual(["0 a1 started", "1 b1 refused MaxPerHour"]);
  });

  test("places of maxInFlight are free when a remediation has ended, after the assumed time", () => {
    const { ask, end, said } = start({ guards: { maxInFlight: 1 }, durationMs: 3 * MINUTE_MS });
    ask(0, "a1");
    ask(1, "b1");
    ask(2, "c1");
    end();
    expect(said).toEqual([
      "0 a1 started",
      "1 b1 deferred MaxInFlight",
      "2 c1 deferred MaxInFlight",
      "3 b1 started MaxInFlight",
      "6 c1 started MaxInFlight",
    ]);
  });

  test("assumed failures open the breaker, and one is tried after its time", () => {
    const breaker = { ...DEFAULT_GUARDS.breaker, failures: 2, halfOpenAfterMs: 10 * MINUTE_MS };
    const failing = start({ guards: { breaker }, fails: true });
    const working = start({ guards: { breaker } });
    for (const { ask, end } of [failing, working]) {
      ask(0, "a1");
      ask(1, "b1");
      ask(2, "c1");
      end();
    }
    expect(failing.said.slice(2)).toEqual([
      "2 c1 deferred BreakerOpen",
      "11 c1 started BreakerOpen",
    ]);
    expect(working.said.slice(2)).toEqual(["2 c1 started"]);
  });

  test("a storm holds everything back until it has been quiet", () => {
    const storm = { matches: 2, withinMs: MINUTE_MS, quietMs: 5 * MINUTE_MS };
    const { ask, end, said } = start({ guards: { storm } });
    for (const episode of ["a1", "b1", "c1"]) ask(0, episode);
    end();
    expect(said).toEqual([
      "0 a1 started",
      "0 b1 started",
      "0 c1 deferred Storm",
      "5 c1 started Storm",
    ]);
  });

  test("a second storm of the same objects is one, too", () => {
    const storm = { matches: 1, withinMs: 5 * MINUTE_MS, quietMs: 10 * MINUTE_MS };
    const simulated = start({ guards: { storm, deferForMs: MINUTE_MS } });
    for (const minutes of [0, 5, 60]) {
      for (const episode of ["a1", "b1"]) simulated.ask(minutes, episode);
    }
    simulated.end();
    expect(simulated.said).toEqual([
      "0 a1 started",
      "0 b1 deferred Storm",
      "1 b1 expired Storm",
      "5 a1 deferred Storm",
      "5 b1 deferred Storm",
      "6 a1 expired Storm",
      "6 b1 expired Storm",
      "60 a1 started",
      "60 b1 deferred Storm",
      "61 b1 expired Storm",
    ]);
  });

  test("of a percentage of the selected objects, only its upper limit holds back", () => {
    const limited = start({ guards: { blastRadius: { percent: 1, atMost: 2 } } });
    for (const episode of ["a1", "b1", "c1"]) limited.ask(0, episode);
    expect(limited.said).toEqual(["0 a1 started", "0 b1 started", "0 c1 deferred BlastRadius"]);
    const open = start({ guards: { blastRadius: { percent: 1 } } });
    for (const episode of ["a1", "b1"]) open.ask(0, episode);
    expect(open.said).toEqual(["0 a1 started", "0 b1 started"]);
  });

  test("one whose object has recovered by then is not started, and takes no place", () => {
    const guards = { maxPerHour: 1, deferForMs: 120 * MINUTE_MS };
    const { ask, over, end, said } = start({ guards });
    ask(0, "a1");
    ask(1, "b1");
    ask(2, "c1");
    over(3, "b");
    end();
    expect(said.slice(3)).toEqual([
      "60 b1 ended ConditionNoLongerHolds",
      "60 c1 started MaxPerHour",
    ]);
  });

  test("a later episode of the object takes the place of one that waits", () => {
    const { ask, end, said } = start({ guards: { cooldownMs: 5 * MINUTE_MS } });
    ask(0, "a1");
    ask(1, "a2");
    ask(2, "a3");
    end();
    expect(said.slice(3)).toEqual(["5 a2 ended Superseded", "5 a3 started Cooldown"]);
  });

  test("a wait of for is broken by a state that does not match, and its guards are asked only at its end", () => {
    const { ask, over, end, said } = start({ guards: { maxPerHour: 1 } });
    ask(0, "a1", 10);
    ask(1, "b1", 10);
    over(5, "a");
    end();
    expect(said).toEqual(["5 a1 ended ConditionNoLongerHolds", "11 b1 started"]);
  });

  test("a question takes no place, and its approval does", () => {
    const { ask, end, said } = start({ guards: { maxPerHour: 1 }, mode: "approval" });
    ask(0, "a1");
    ask(1, "b1");
    end();
    expect(said).toEqual(["0 a1 started", "1 b1 deferred MaxPerHour", "31 b1 expired MaxPerHour"]);
  });

  test("a dry run is not counted", () => {
    const { ask, end, said } = start({ guards: { maxPerHour: 1 }, mode: "dryRun" });
    ask(0, "a1");
    ask(1, "b1");
    end();
    expect(said).toEqual(["0 a1 dryRun", "1 b1 dryRun"]);
  });

  test("time does not go back with a recording that does", () => {
    const { ask, end, said } = start({ guards: { cooldownMs: 5 * MINUTE_MS } });
    ask(3, "a1");
    ask(1, "a2");
    end();
    expect(said).toEqual(["3 a1 started", "3 a2 deferred Cooldown", "8 a2 started Cooldown"]);
  });

  test("beyond its bound a request is not simulated, and says so", () => {
    const { ask, said } = start({ guards: { maxPerHour: 1 }, most: 1 });
    ask(0, "a1");
    ask(1, "b1");
    ask(2, "c1");
    expect(said).toEqual(["0 a1 started", "1 b1 deferred MaxPerHour", "2 c1 uncounted"]);
  });
});
