import { nextStatus, STARTING } from "../../../relay/observe/watch-status.ts";
import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { configMap } from "../../support/relay/change.ts";
import { impatientClock, runReflector, summarizeStep } from "../../support/relay/reflector.ts";
import {
  bookmark,
  event,
  list,
  status,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/kubernetes/scripted-client.ts";

/** Said by kube-apiserver 1.33 with WatchList off. */
const NOT_SERVED: ScriptedAnswer = {
  status: 422,
  body: status(
    422,
    'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    { causes: [{ reason: "FieldValueForbidden", field: "sendInitialEvents" }] },
  ),
};

const isWatchList = ({ query }: ScriptedRequest): boolean => query["sendInitialEvents"] === true;
const isWatch = ({ query }: ScriptedRequest): boolean => query["watch"] === true;

/** An item as a list has it: without apiVersion and kind. */
const item = (name: string, resourceVersion: string): object => {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = configMap(name, resourceVersion);
  return rest;
};

/** A server without WatchList, and two pages of objects. */
function answerOld(request: ScriptedRequest): ScriptedAnswer {
  if (isWatchList(request)) return NOT_SERVED;
  if (isWatch(request)) return { lines: [event("ADDED", configMap("c", "21"))], stayOpen: true };
  return request.query["continue"] === "page-2"
    ? { body: list("20", [item("b", "9")]) }
    : { body: list("20", [item("a", "12")], "page-2") };
}

describe("if WatchList is not served", () => {
  it("uses LIST in pages and then WATCH, at once", async () => {
    const { steps, requests } = await runReflector({
      answer: answerOld,
      enough: ({ type }) => type === "changed",
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "interrupted watchListNotServed",
      "snapshot watchListNotServed by listWatch",
      "listed a@12",
      "listed b@9",
      "snapshotEnded 20",
      "ADDED c@21",
    ]);
    expect(steps[1]).toMatchObject({ waitMs: 0 });
    const { timeoutSeconds, ...watch } = requests[3]?.query ?? {};
    expect(requests.slice(1, 3).map(({ query }) => query)).toEqual([
      { limit: 500 },
      { limit: 500, continue: "page-2" },
    ]);
    expect(watch).toEqual({ watch: true, allowWatchBookmarks: true, resourceVersion: "20" });
    expect(timeoutSeconds).toBeGreaterThanOrEqual(300);
  });

  it("does so for a 406 too, which comes from a proxy in between", async () => {
    const { steps } = await runReflector({
      answer: (request) =>
        isWatchList(request)
          ? { status: 406, body: status(406, "only the following media types are accepted") }
          : answerOld(request),
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep).slice(0, 3)).toEqual([
      "snapshot start by watchList",
      "interrupted watchListNotServed",
      "snapshot watchListNotServed by listWatch",
    ]);
  });

  it("adds the apiVersion and kind that listed items lack", async () => {
    const { steps } = await runReflector({
      answer: answerOld,
      enough: ({ type }) => type === "snapshotEnded",
    });
    const [listed] = steps.filter((step) => step.type === "listed");
    expect(listed?.read.object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  });

  it("reads the list again, without pages, if its continue token has expired", async () => {
    const { steps, requests } = await runReflector({
      answer: (request) => {
        if (isWatchList(request) || isWatch(request)) return answerOld(request);
        if (request.query["continue"] !== undefined) {
          return { status: 410, body: status(410, "The provided continue parameter is too old") };
        }
        return request.query["limit"] === undefined
          ? { body: list("30", [item("a", "12"), item("b", "9")]) }
          : { body: list("20", [item("a", "12")], "page-2") };
      },
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep).slice(-5)).toEqual([
      "listed a@12",
      "snapshot watchListNotServed by listWatch",
      "listed a@12",
      "listed b@9",
      "snapshotEnded 30",
    ]);
    expect(requests.at(-1)?.query).toEqual({});
  });

  it("tries WatchList again half an hour later", async () => {
    let nowMs = 0;
    const { requests } = await runReflector({
      clock: { ...impatientClock, nowMs: () => nowMs },
      answer: (request) => {
        if (isWatchList(request)) return NOT_SERVED;
        if (!isWatch(request)) return { body: list("20", []) };
        nowMs += 16 * 60_000;
        return { lines: [event("ERROR", status(410, "too old resource version"))] };
      },
      enough: (_step, steps) => steps.filter(({ type }) => type === "snapshotStarted").length === 5,
    });
    const kinds = requests.map((request) =>
      isWatchList(request) ? "watchList" : isWatch(request) ? "watch" : "list",
    );
    expect(kinds).toEqual(
      [
        "watchList",
        "list",
        "watch",
        "list",
        "watch",
        "watchList",
        "list",
        "watch",
        "list",
        "watch",
      ].slice(0, kinds.length),
    );
    expect(kinds.filter((kind) => kind === "watchList")).toHaveLength(2);
  });
});

describe("if the end bookmark does not come", () => {
  const answer = (request: ScriptedRequest): ScriptedAnswer =>
    isWatchList(request)
      ? { lines: [event("ADDED", configMap("a", "12")), bookmark("13")], stayOpen: true }
      : answerOld(request);

  it("falls back after the deadline", async () => {
    const { steps } = await runReflector({
      answer,
      times: { bookmarkDeadlineMs: 30 },
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "listed a@12",
      "interrupted noEndBookmark",
      "snapshot noEndBookmark by listWatch",
      "listed a@12",
      "listed b@9",
      "snapshotEnded 20",
    ]);
  });

  it("does not count the time in which the relay itself waits for room", async () => {
    let busy = true;
    const { steps } = await runReflector({
      answer: () => ({
        lines: [event("ADDED", configMap("a", "12")), bookmark("13", true)],
        stayOpen: true,
      }),
      times: { bookmarkDeadlineMs: 40 },
      enough: ({ type }) => {
        // A reader that takes its time over the first object.
        for (const untilMs = performance.now() + 80; busy && performance.now() < untilMs;);
        busy = false;
        return type === "snapshotEnded";
      },
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "listed a@12",
      "snapshotEnded 13",
    ]);
  });
});

it.each([400, 405, 406, 415, 422])(
  "falls back if a WatchList is answered with %i, whatever the reason",
  async (code) => {
    const { steps } = await runReflector({
      answer: (request) =>
        isWatchList(request)
          ? { status: code, body: status(code, "the server does not understand the request") }
          : answerOld(request),
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep)).toContain("interrupted watchListNotServed");
    expect(steps.map(summarizeStep).at(-1)).toMatch(/^snapshotEnded/);
  },
);

it("does not fall back for an answer that is not about the request", async () => {
  for (const answer of [
    { status: 401, body: status(401, "Unauthorized") },
    { status: 403, body: status(403, "not allowed") },
    { status: 404, body: status(404, "not served") },
    { status: 408, body: "timeout of a proxy" },
    { status: 429, body: status(429, "too many requests") },
    { status: 500, body: status(500, "etcdserver: leader changed") },
    { fail: new KubemendError("Unreachable", "no answer", { retryable: true }) },
  ]) {
    const { requests } = await runReflector({
      answer: () => answer,
      enough: (_step, steps) => steps.length === 6,
    });
    expect(requests.every(isWatchList)).toBe(true);
  }
});

it.each([400, 405, 422])(
  "a resource that answers %i to LIST and WATCH too is refused, and does not hold up the readiness of others",
  async (code) => {
    const { steps } = await runReflector({
      answer: () => ({ status: code, body: status(code, "field label not supported") }),
      enough: (_step, seen) => seen.filter(({ type }) => type === "interrupted").length === 3,
    });
    const interrupted = steps.filter((step) => step.type === "interrupted");
    expect(interrupted.map(({ reaction }) => [reaction.cause, reaction.state])).toEqual([
      ["watchListNotServed", "degraded"],
      ["refused", "refused"],
      ["refused", "refused"],
    ]);
    expect(interrupted.reduce(nextStatus, STARTING)).toEqual({ state: "refused", ready: true });
  },
);
