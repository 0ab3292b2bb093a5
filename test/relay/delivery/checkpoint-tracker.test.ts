import fc from "fast-check";
import { expect, it } from "vitest";
import {
  createCheckpointTracker,
  type Position,
} from "../../../relay/delivery/checkpoint-tracker.ts";

const at = (resourceVersion: string, ...initialRules: string[]): Position => ({
  resourceVersion,
  initialRules,
});

it("stays below the oldest change that is not accepted, and passes it once it is", () => {
  const tracker = createCheckpointTracker<object>();
  const [first, second] = [{}, {}];
  tracker.advance(at("1"));
  expect(tracker.take()).toEqual(at("1"));
  tracker.open(first);
  tracker.advance(at("2"));
  tracker.open(second);
  tracker.advance(at("3"));
  tracker.close(second);
  expect(tracker.take()).toBeUndefined();
  tracker.advance(at("4"));
  expect(tracker.take()).toBeUndefined();
  tracker.close(first);
  expect(tracker.take()).toEqual(at("4"));
  expect(tracker.take()).toBeUndefined();
});

it("keeps the rules that received their initial objects until their place is passed", () => {
  const tracker = createCheckpointTracker<object>();
  const open = {};
  tracker.open(open);
  tracker.advance(at("2", "rule"));
  tracker.advance(at("3"));
  tracker.close(open);
  expect(tracker.take()).toEqual(at("3", "rule"));
});

it("forgets places that were reached before, also below open changes, which stay open", () => {
  const tracker = createCheckpointTracker<object>();
  const open = {};
  tracker.advance(at("1"));
  tracker.open(open);
  tracker.advance(at("2"));
  tracker.forget();
  expect(tracker.openCount()).toBe(1);
  expect(tracker.take()).toBeUndefined();
  tracker.close(open);
  expect(tracker.take()).toBeUndefined();
  tracker.advance(at("3"));
  expect(tracker.take()).toEqual(at("3"));
});

it("is always the last place before the oldest open change", () => {
  const command = fc.oneof(
    fc.record({ type: fc.constant("open" as const) }),
    fc.record({ type: fc.constant("advance" as const) }),
    fc.record({ type: fc.constant("close" as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const tracker = createCheckpointTracker<{ readonly seq: number }>();
      let open: { readonly seq: number }[] = [];
      const places: { readonly seq: number; readonly resourceVersion: string }[] = [];
      let checkpoint: string | undefined;
      for (const [seq, one] of commands.entries()) {
        const key = one.type === "close" ? open[one.which % Math.max(1, open.length)] : undefined;
        if (one.type === "open") {
          const opened = { seq };
          open.push(opened);
          tracker.open(opened);
        } else if (one.type === "advance") {
          places.push({ seq, resourceVersion: String(seq) });
          tracker.advance(at(String(seq)));
        } else if (key !== undefined) {
          open = open.filter((other) => other !== key);
          tracker.close(key);
        }
        checkpoint = tracker.take()?.resourceVersion ?? checkpoint;
        const oldest = Math.min(...open.map((other) => other.seq));
        expect(checkpoint).toBe(places.findLast((place) => place.seq < oldest)?.resourceVersion);
        expect(tracker.openCount()).toBe(open.length);
      }
    }),
  );
});
