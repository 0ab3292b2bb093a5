import { describe, expect, it, vi } from "vitest";
import { configMap } from "../../support/relay/change.ts";
import { runReflector, summarizeStep } from "../../support/relay/reflector.ts";
import {
  bookmark,
  event,
  list,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

/** A snapshot in no order of resourceVersions, then changes. */
const SNAPSHOT: ScriptedAnswer = {
  lines: [
    event("ADDED", configMap("late", "40")),
    event("ADDED", configMap("early", "7")),
    event("ADDED", configMap("gone", "9")),
    event("MODIFIED", configMap("early", "41")),
    event("DELETED", configMap("gone", "42")),
    bookmark("43", true),
    event("ADDED", configMap("new", "44")),
    event("DELETED", configMap("late", "45")),
    bookmark("50"),
  ],
};

describe("a WatchList", () => {
  it("is requested with exactly its parameters", async () => {
    const { requests } = await runReflector({
      answer: () => SNAPSHOT,
      enough: ({ type }) => type === "snapshotEnded",
      target: { namespace: "team-a", labelSelector: "app=x", fieldSelector: "metadata.name=y" },
    });
    const { timeoutSeconds, ...query } = requests[0]?.query ?? {};
    expect(requests[0]?.path).toBe("/api/v1/namespaces/team-a/configmaps");
    expect(query).toEqual({
      watch: true,
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      labelSelector: "app=x",
      fieldSelector: "metadata.name=y",
    });
    expect(timeoutSeconds).toBeGreaterThanOrEqual(300);
    expect(timeoutSeconds).toBeLessThanOrEqual(600);
  });

  it("is a snapshot up to its end bookmark, and changes after it", async () => {
    const { steps } = await runReflector({
      answer: () => SNAPSHOT,
      enough: ({ type }) => type === "bookmark",
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "listed late@40",
      "listed early@7",
      "listed gone@9",
      "listed early@41",
      "unlisted gone@42",
      "snapshotEnded 43",
      "ADDED new@44",
      "DELETED late@45",
      "bookmark 50",
    ]);
  });

  it("continues from its position with a plain watch when the server closes it", async () => {
    const { steps, requests } = await runReflector({
      answer: ({ query }) => {
        if (query["sendInitialEvents"] === true) return SNAPSHOT;
        if (query["watch"] !== true) return { body: list("60", []) };
        return { lines: [event("MODIFIED", configMap("new", "61"))], stayOpen: true };
      },
      enough: (step) => step.type === "changed" && step.event === "MODIFIED",
    });
    expect(steps.map(summarizeStep).slice(-3)).toEqual([
      "interrupted closed",
      "resumed 50",
      "MODIFIED new@61",
    ]);
    const { timeoutSeconds: _timeoutSeconds, ...query } = requests.at(-1)?.query ?? {};
    expect(query).toEqual({ watch: true, allowWatchBookmarks: true, resourceVersion: "50" });
  });

  it("starts again if it breaks off before its end, and leaves no position behind", async () => {
    const { steps } = await runReflector({
      answer: (_request, index) =>
        index === 0 ? { lines: [event("ADDED", configMap("a", "40")), bookmark("41")] } : SNAPSHOT,
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep).slice(0, 4)).toEqual([
      "snapshot start by watchList",
      "listed a@40",
      "interrupted closed",
      "snapshot start by watchList",
    ]);
  });

  it("may be silent for longer than the end bookmark's deadline once that bookmark came", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const late = Promise.withResolvers<object>();
      const running = runReflector({
        answer: () => ({ lines: [bookmark("10", true), late.promise], stayOpen: true }),
        enough: ({ type }) => type === "changed" || type === "interrupted",
        times: { bookmarkDeadlineMs: 2_000, watchdogMs: 10_000 },
      });
      await vi.advanceTimersByTimeAsync(9_000);
      late.resolve(event("ADDED", configMap("a", "11")));
      const { steps } = await running;
      expect(steps.map(summarizeStep).slice(1)).toEqual(["snapshotEnded 10", "ADDED a@11"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("loses nothing if it is closed right after its end bookmark", async () => {
    const { requests } = await runReflector({
      answer: ({ query }) =>
        query["sendInitialEvents"] === true
          ? { lines: [bookmark("43", true)] }
          : { body: list("43", []) },
      enough: (_step, steps) => steps.length > 3,
    });
    expect(
      requests.at(-1)?.query["resourceVersion"] ?? requests.at(-2)?.query["resourceVersion"],
    ).toBe("43");
  });
});
