import { expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { configMap } from "../../support/relay/change.ts";
import { runReflector, summarizeStep } from "../../support/relay/reflector.ts";
import {
  bookmark,
  event,
  list,
  status,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/kubernetes/scripted-client.ts";

const unreachable = (message: string, retryable: boolean): KubemendError =>
  new KubemendError("Unreachable", message, { retryable });

const RESUME = { type: "resume", position: "100" } as const;

/** A server whose current resourceVersion is `current`. */
const serverAt =
  (current: string, watch: ScriptedAnswer) =>
  ({ query }: ScriptedRequest): ScriptedAnswer => {
    if (query["sendInitialEvents"] === true)
      return { lines: [bookmark(current, true)], stayOpen: true };
    return query["watch"] === true ? watch : { body: list(current, [configMap("a", "5")]) };
  };

it("asks for the current resourceVersion, of all objects, and then for what came after the position", async () => {
  const { steps, requests } = await runReflector({
    start: RESUME,
    target: { labelSelector: "app=x" },
    answer: serverAt("120", { lines: [event("MODIFIED", configMap("a", "110"))], stayOpen: true }),
    enough: ({ type }) => type === "changed",
  });
  expect(steps.map(summarizeStep)).toEqual(["resumed 100", "MODIFIED a@110"]);
  expect(requests[0]?.query).toEqual({ limit: 1 });
  const { timeoutSeconds: _timeoutSeconds, ...query } = requests[1]?.query ?? {};
  expect(query).toEqual({
    watch: true,
    allowWatchBookmarks: true,
    labelSelector: "app=x",
    resourceVersion: "100",
  });
});

it("resumes if nothing has happened since", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    answer: serverAt("100", { stayOpen: true }),
    enough: ({ type }) => type === "resumed",
  });
  expect(steps.map(summarizeStep)).toEqual(["resumed 100"]);
});

it("replaces everything that was known if the server is behind the position: etcd was rolled back", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    answer: serverAt("90", { stayOpen: true }),
    enough: ({ type }) => type === "snapshotEnded",
  });
  expect(steps.map(summarizeStep)).toEqual([
    "interrupted rollback",
    "snapshot rollback by watchList, replacing",
    "snapshotEnded 90",
  ]);
});

it("keeps replacing until a snapshot is complete, and no longer", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    answer: (request, index) => {
      if (request.query["sendInitialEvents"] !== true)
        return serverAt("90", { stayOpen: true })(request);
      if (index === 1) return { lines: [event("ADDED", configMap("a", "80"))] };
      const expired = event("ERROR", status(410, "too old"));
      return { lines: [bookmark("90", true), expired] };
    },
    enough: (_step, steps) => steps.filter(({ type }) => type === "snapshotStarted").length === 3,
  });
  const replacing = steps.flatMap((step) => (step.type === "snapshotStarted" ? step.replace : []));
  expect(replacing).toEqual([true, true, false]);
});

it("takes a snapshot if resourceVersions have no order", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    answer: serverAt("not-a-number", { stayOpen: true }),
    enough: ({ type }) => type === "snapshotEnded",
  });
  expect(steps.map(summarizeStep)[1]).toBe("snapshot unordered by watchList");
});

it("takes a snapshot if a resumed watch stays silent: its position may be in the future, and everything up to it would be skipped", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    times: { watchdogMs: 30 },
    answer: serverAt("120", { stayOpen: true }),
    enough: ({ type }) => type === "snapshotEnded",
  });
  expect(steps.map(summarizeStep)).toEqual([
    "resumed 100",
    "interrupted silent",
    "snapshot silent by watchList",
    "snapshotEnded 120",
  ]);
});

it("resumes if a watch received something before it fell silent", async () => {
  const { steps } = await runReflector({
    start: RESUME,
    times: { watchdogMs: 30 },
    answer: serverAt("120", { lines: [bookmark("120")], stayOpen: true }),
    enough: (_step, steps) => steps.length === 4,
  });
  expect(steps.map(summarizeStep)).toEqual([
    "resumed 100",
    "bookmark 120",
    "interrupted silent",
    "resumed 120",
  ]);
});

it("takes a snapshot if the position was compacted away, reported by status or on the stream", async () => {
  const answers: readonly ScriptedAnswer[] = [
    { status: 410, body: status(410, "too old resource version") },
    { lines: [event("ERROR", status(410, "too old resource version: 100 (110)"))] },
  ];
  for (const watch of answers) {
    const { steps } = await runReflector({
      start: RESUME,
      answer: serverAt("120", watch),
      enough: ({ type }) => type === "snapshotEnded",
    });
    expect(steps.map(summarizeStep).slice(-3)).toEqual([
      "interrupted expired",
      "snapshot expired by watchList",
      "snapshotEnded 120",
    ]);
  }
});

it("asks again after a 504 about a resourceVersion in the future, and finds out whether etcd was rolled back", async () => {
  const tooLarge = status(504, "Too large resource version: 100, current: 90", {
    retryAfterSeconds: 1,
  });
  const { steps } = await runReflector({
    start: RESUME,
    answer: (request, index) =>
      serverAt(index < 2 ? "100" : "90", { lines: [event("ERROR", tooLarge)] })(request),
    enough: ({ type }) => type === "snapshotStarted",
  });
  expect(steps.map(summarizeStep)).toEqual([
    "resumed 100",
    "interrupted tooLargeResourceVersion",
    "interrupted rollback",
    "snapshot rollback by watchList, replacing",
  ]);
});

it("keeps its position through refusals and failures of any kind", async () => {
  const refusals: readonly ScriptedAnswer[] = [
    { status: 429, headers: { "retry-after": "3" }, body: "slow down" },
    { status: 401, body: status(401, "Unauthorized") },
    { status: 403, body: status(403, "forbidden") },
    { status: 404, body: status(404, "the server could not find the requested resource") },
    { status: 500, body: "<html>" },
    { status: 503, headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } },
    { lines: [event("ERROR", status(500, "internal error"))] },
    { status: 400, body: status(400, "the field selector is no good") },
    { status: 504, body: status(504, "the request timed out") },
    { breakWith: new Error("other side closed") },
    { fail: unreachable("the certificate is not trusted (CERT_HAS_EXPIRED)", false) },
    { fail: unreachable("no answer (ENOTFOUND)", true) },
  ];
  for (const refusal of refusals) {
    let refused = false;
    const { steps } = await runReflector({
      start: RESUME,
      answer: (request) => {
        if (request.query["watch"] !== true) return { body: list("120", []) };
        if (refused) return { lines: [bookmark("120")], stayOpen: true };
        refused = true;
        return refusal;
      },
      enough: ({ type }) => type === "bookmark",
    });
    expect(steps.map(summarizeStep).slice(-2)).toEqual(["resumed 100", "bookmark 120"]);
    expect(steps.some(({ type }) => type === "interrupted")).toBe(true);
    expect(steps.some(({ type }) => type === "snapshotStarted")).toBe(false);
  }
});

it("never resumes a resource whose resourceVersions have no order, even if they look like numbers", async () => {
  const { steps, requests } = await runReflector({
    target: { unordered: true },
    answer: ({ query }, index) => {
      if (query["sendInitialEvents"] === true) {
        return { lines: [bookmark("10", true)], stayOpen: index > 0 };
      }
      throw new Error("nothing but snapshots is asked for");
    },
    enough: (_step, steps) => steps.filter(({ type }) => type === "snapshotEnded").length === 2,
  });
  expect(steps.map(summarizeStep)).toEqual([
    "snapshot start by watchList",
    "snapshotEnded 10",
    "interrupted closed",
    "interrupted unordered",
    "snapshot unordered by watchList",
    "snapshotEnded 10",
  ]);
  expect(requests).toHaveLength(2);
});
