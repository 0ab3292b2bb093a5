import { expect, it } from "vitest";
import { EpochRequest } from "../../../relay/handover/epoch-request.ts";

const NEVER = new AbortController().signal;

it("requests that are made meanwhile share one epoch, and resolve when it is raised", async () => {
  const epoch = new EpochRequest();
  const requests = [epoch.request(NEVER), epoch.request(NEVER)];
  expect(epoch.isRequested()).toBe(true);
  expect(epoch.next(7)).toEqual({ value: 8, isRequested: true, isOwn: true });
  expect([epoch.isWanted(8), epoch.isWanted(7)]).toEqual([true, false]);
  epoch.raised();
  await Promise.all(requests);
  expect([epoch.isRequested(), epoch.isRaised(), epoch.isWanted(8)]).toEqual([false, true, false]);
  expect(epoch.next(8)).toEqual({ value: undefined, isRequested: false, isOwn: true });
});

it("a renewal without a request keeps the epoch of the Lease, which is not this term's own", () => {
  const epoch = new EpochRequest();
  expect(epoch.next(7)).toEqual({ value: undefined, isRequested: false, isOwn: false });
  expect(epoch.isRaised()).toBe(false);
});

it("an epoch is above every one that is known when it is written, also if a write had no answer", () => {
  const epoch = new EpochRequest();
  void epoch.request(NEVER);
  expect(epoch.next(7).value).toBe(8);
  expect(epoch.next(8).value).toBe(9);
});

it("a request that is stopped resolves with nothing done, and so does one that begins stopped", async () => {
  const epoch = new EpochRequest();
  const stop = new AbortController();
  const request = epoch.request(stop.signal);
  stop.abort();
  await request;
  await epoch.request(stop.signal);
  expect(epoch.isRaised()).toBe(false);
  expect(epoch.isRequested()).toBe(true);
});

it("a new term has no epoch of its own, and the end of a term forgets what was requested in it", () => {
  const epoch = new EpochRequest();
  void epoch.request(NEVER);
  epoch.next(7);
  epoch.raised();
  epoch.termBegins();
  expect(epoch.isRaised()).toBe(false);
  void epoch.request(NEVER);
  epoch.next(8);
  epoch.termEnds();
  expect(epoch.isRequested()).toBe(false);
  expect(epoch.isWanted(9)).toBe(false);
  expect(epoch.next(9)).toEqual({ value: undefined, isRequested: false, isOwn: false });
});
