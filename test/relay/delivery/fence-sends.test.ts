import { expect, it } from "vitest";
import { fenceSends } from "../../../relay/delivery/fence-sends.ts";
import type { Term } from "../../../relay/lease/term.ts";

const never = new AbortController().signal;
const TERM: Term = { ended: never, expired: never };

/** Sends through a fence whose announcement a test completes. */
function startSend(leadership: { readonly maySend: () => boolean }) {
  const announced = Promise.withResolvers<void>();
  const bodies: string[] = [];
  const send = fenceSends(
    { term: () => TERM, ...leadership },
    () => announced.promise,
    async (entries) => {
      bodies.push(...entries.map(({ body }) => body));
      return entries.map(() => ({ outcome: "accepted", messageId: "m" }));
    },
  );
  return { announced, bodies, outcomes: send([{ body: "a" }], never) };
}

it("sends nothing before the Lease contains the announcement", async () => {
  const { announced, bodies, outcomes } = startSend({ maySend: () => true });
  await Promise.resolve();
  expect(bodies).toEqual([]);
  announced.resolve();
  expect(await outcomes).toMatchObject([{ outcome: "accepted" }]);
  expect(bodies).toEqual(["a"]);
});

it("refuses to send if the Lease was lost during the announcement", async () => {
  let maySend = true;
  const { announced, bodies, outcomes } = startSend({ maySend: () => maySend });
  maySend = false;
  announced.resolve();
  expect(await outcomes).toMatchObject([{ outcome: "refused", error: { code: "LeaseLost" } }]);
  expect(bodies).toEqual([]);
});
