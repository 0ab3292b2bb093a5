import fc from "fast-check";
import { expect, test } from "vitest";
import { alertOn, at, createScene, fails, silence, type Sent } from "./group-scene.ts";

const WINDOW_SECONDS = 300;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("take" as const), object: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look" as const), object: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fail" as const), object: fc.nat(12) }) },
);

type Step = { readonly do: "take" | "look" | "fail"; readonly object: number };

/** Plays the steps, some seconds apart, and then waits for the last window to end. */
function play(steps: readonly (Step & { readonly pause: number })[]) {
  const group = createScene();
  const sent: (Sent & { readonly seconds: number })[] = [];
  /** How often each object began to fail, as far as the group had not kept it from before. */
  let begun = 0;
  let seconds = 0;
  const note = (messages: readonly Sent[]): void => {
    sent.push(...messages.map((message) => ({ ...message, seconds })));
  };
  for (const { do: what, object, pause } of steps) {
    seconds += pause;
    const name = `job-${object}`;
    if (what === "take") {
      const before = group.status.open.some((one) => one.name === name);
      // A window whose time has passed is closed first, and its resolved alerts are removed.
      note(group.look(seconds));
      const after = group.status.open.some((one) => one.name === name);
      begun += before && after ? 0 : 1;
      note(group.take(seconds, alertOn(name)));
    } else note(group.look(seconds, what === "fail" ? fails(name) : []));
  }
  for (let turn = 0; turn < 3; turn += 1) {
    seconds += WINDOW_SECONDS;
    note(group.look(seconds));
  }
  return { sent, begun };
}

const story = fc.array(
  fc.tuple(step, fc.nat(120)).map(([one, pause]) => ({ ...one, pause })),
  { maxLength: 60 },
);

const counted = ({ group }: Sent): number =>
  group?.reason === "first" || group?.reason === "window" ? group.alerts : 0;

test("a group of objects with the longest names stays small enough to be stored", () => {
  const group = createScene();
  const toName = (index: number): string => `${"n".repeat(248)}-${index}`;
  const record = { namespace: "kubemend", name: "r".repeat(61) };
  group.silences = [silence({ labels: { kind: "Job" }, until: at(10_000) })];
  const alerts = Array.from({ length: 2_000 }, (_none, index) => {
    const name = toName(index);
    return alertOn(name, { record, alertId: `alert-${index}` });
  });
  group.take(0, ...alerts);
  expect(Buffer.byteLength(JSON.stringify(group.status))).toBeLessThan(900_000);
  expect(group.status.isFull).toBe(true);
  expect(group.look(10_000)[0]?.group).toMatchObject({ isMore: true });
});

test("every alert is counted in exactly one message, independently of other events in between", () => {
  fc.assert(
    fc.property(story, (steps) => {
      const { sent, begun } = play(steps);
      expect(sent.reduce((sum, message) => sum + counted(message), 0)).toBe(begun);
    }),
  );
});

test("no window has more than one message about alerts, besides the one that began it", () => {
  fc.assert(
    fc.property(story, (steps) => {
      const times = play(steps).sent.filter((message) => counted(message) > 0);
      const pauses = times
        .slice(1)
        .map(({ seconds }, index) => seconds - (times[index]?.seconds ?? 0));
      expect(pauses.filter((pause) => pause < WINDOW_SECONDS)).toEqual([]);
    }),
  );
});

test("an incident that was announced ends with one message that it is resolved, before the next begins", () => {
  fc.assert(
    fc.property(story, (steps) => {
      let open: string | undefined;
      const wrong: Sent[] = [];
      for (const message of play(steps).sent) {
        const { group, status } = message;
        const isNext = open !== undefined && group?.since !== open;
        if (isNext || (status === "resolved") !== (group?.open === 0)) wrong.push(message);
        open = status === "resolved" ? undefined : group?.since;
      }
      expect(wrong).toEqual([]);
    }),
  );
});
