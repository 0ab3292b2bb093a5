import { describe, expect, it } from "vitest";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  toFrame,
  toPartialList,
  toPartialObject,
  toStatus,
} from "../../support/kubernetes/protobuf.ts";
import { impatientClock, runReflector, summarizeStep } from "../../support/relay/reflector.ts";
import {
  bookmark,
  event,
  list,
  status,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/kubernetes/scripted-client.ts";

const AS = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const AS_LIST = AS.replace("Metadata;", "MetadataList;");
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const target = { projection: "metadata" } as const;
const WATCHED = { "content-type": `${PROTOBUF};stream=watch` };
const LISTED = { "content-type": PROTOBUF };

const isWatchList = ({ query }: ScriptedRequest): boolean => query["sendInitialEvents"] === true;
const isWatch = ({ query }: ScriptedRequest): boolean => query["watch"] === true;
/** The first of what is asked for. */
const best = ({ accept = "" }: ScriptedRequest): string =>
  accept.startsWith(PROTOBUF)
    ? "protobuf"
    : accept.startsWith(`application/json;`)
      ? "partialJson"
      : accept;

type Metadata = Readonly<Record<string, unknown>>;
const metadataOf = (name: string, resourceVersion: string, more: Metadata = {}): Metadata => {
  const { metadata } = configMap(name, resourceVersion);
  return { ...metadata, ...more };
};
const frame = (type: string, name: string, resourceVersion: string): Buffer =>
  toFrame(type, toPartialObject({ metadata: metadataOf(name, resourceVersion) }));
const bookmarkFrame = (resourceVersion: string, endsSnapshot = false): Buffer => {
  const annotations = endsSnapshot ? { "k8s.io/initial-events-end": "true" } : {};
  return toFrame("BOOKMARK", toPartialObject({ metadata: { resourceVersion, annotations } }));
};

const SNAPSHOT: readonly Buffer[] = [frame("ADDED", "a", "9"), bookmarkFrame("10", true)];
const NOT_ACCEPTABLE: ScriptedAnswer = { status: 406, body: status(406, "not acceptable") };

/** Also ends if it loops. */
const until =
  (type: WatchStep["type"]) =>
  (step: WatchStep, all: readonly WatchStep[]): boolean =>
    step.type === type || all.length > 50;

const objects = (steps: readonly WatchStep[]): readonly unknown[] =>
  steps.flatMap((step) => ("read" in step ? [step.read.object] : []));

describe("a watch of metadata", () => {
  it("asks for protobuf, and for the plainer encodings after it", async () => {
    const { requests } = await runReflector({
      target,
      answer: (request) =>
        isWatchList(request) || !isWatch(request)
          ? { status: 422, body: status(422, "sendInitialEvents is forbidden") }
          : NOT_ACCEPTABLE,
      enough: (_step, steps) => steps.length === 4,
    });
    const [watchList, listing] = requests;
    expect(watchList?.accept).toBe(`${PROTOBUF};${AS}, application/json;${AS}, application/json`);
    expect(listing?.accept).toBe(
      `${PROTOBUF};${AS_LIST}, application/json;${AS_LIST}, application/json`,
    );
  });

  it("reports the watched resource's kind and the objects' metadata, whatever encoding the server uses", async () => {
    const whole = configMap("a", "9", { data: { key: "value" } });
    const partial = {
      apiVersion: "meta.k8s.io/v1",
      kind: "PartialObjectMetadata",
      metadata: metadataOf("a", "9"),
    };
    const answers: readonly ScriptedAnswer[] = [
      { headers: WATCHED, lines: SNAPSHOT },
      { lines: [event("ADDED", partial), bookmark("10", true)] },
      { lines: [event("ADDED", whole), bookmark("10", true)] },
    ];
    for (const answer of answers) {
      const { steps } = await runReflector({
        target,
        answer: () => answer,
        enough: until("snapshotEnded"),
      });
      expect(objects(steps)).toEqual([
        { apiVersion: "v1", kind: "ConfigMap", metadata: whole.metadata },
      ]);
    }
  });

  it("reads frames that are cut anywhere, changes and bookmarks", async () => {
    const bytes = Buffer.concat([
      ...SNAPSHOT,
      frame("MODIFIED", "a", "11"),
      frame("DELETED", "a", "12"),
      bookmarkFrame("13"),
    ]);
    const { steps } = await runReflector({
      target,
      answer: () => ({ headers: WATCHED, lines: Array.from(bytes, (byte) => Buffer.from([byte])) }),
      enough: until("bookmark"),
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "listed a@9",
      "snapshotEnded 10",
      "MODIFIED a@11",
      "DELETED a@12",
      "bookmark 13",
    ]);
  });

  it("treats half a frame as a cut connection, and resumes before it", async () => {
    const { steps, requests } = await runReflector({
      target,
      answer: (request) => {
        if (isWatchList(request))
          return {
            headers: WATCHED,
            lines: [...SNAPSHOT, frame("ADDED", "b", "11").subarray(0, 40)],
          };
        return isWatch(request)
          ? { headers: WATCHED, stayOpen: true }
          : { headers: LISTED, body: toPartialList({ resourceVersion: "11" }, []) };
      },
      enough: until("resumed"),
    });
    expect(steps.map(summarizeStep).slice(-2)).toEqual(["interrupted closed", "resumed 10"]);
    expect(requests.map(best)).toEqual(["protobuf", "protobuf", "protobuf"]);
  });

  it("reads lists in pages", async () => {
    const { steps } = await runReflector({
      target,
      answer: (request) => {
        if (isWatchList(request))
          return { status: 422, body: status(422, "sendInitialEvents is forbidden") };
        if (isWatch(request)) return { headers: WATCHED, lines: [frame("ADDED", "c", "11")] };
        const isFirst = request.query["continue"] === undefined;
        const page = { resourceVersion: "10", ...(isFirst ? { continue: "more" } : {}) };
        const items = [{ metadata: metadataOf(isFirst ? "a" : "b", "5") }];
        return { headers: LISTED, body: toPartialList(page, items) };
      },
      enough: until("changed"),
    });
    expect(steps.map(summarizeStep).slice(2)).toEqual([
      "snapshot watchListNotServed by listWatch",
      "listed a@5",
      "listed b@5",
      "snapshotEnded 10",
      "ADDED c@11",
    ]);
  });

  it("understands refusals in protobuf, by status and on the stream", async () => {
    const expired = toStatus({ code: 410, reason: "Expired" });
    const throttled = toStatus({ code: 429, retryAfterSeconds: 40 });
    const { steps } = await runReflector({
      target,
      answer: (_request, index) =>
        index === 0
          ? { headers: WATCHED, lines: [...SNAPSHOT, toFrame("ERROR", expired)] }
          : { status: 429, headers: LISTED, body: throttled },
      enough: (_step, all) => all.filter(({ type }) => type === "interrupted").length === 2,
    });
    expect(steps.map(summarizeStep)).toContain("interrupted expired");
    expect(steps.at(-1)).toMatchObject({ reaction: { cause: "throttled" }, waitMs: 40_000 });
  });

  it("compares again after garbage, in the plainer encoding", async () => {
    const { steps, requests } = await runReflector({
      target,
      answer: (request) =>
        best(request) === "protobuf"
          ? { headers: WATCHED, lines: [...SNAPSHOT, Buffer.from([0, 0, 0, 3, 255, 255, 255])] }
          : { lines: [event("ADDED", configMap("a", "9")), bookmark("10", true)] },
      enough: (_step, all) => all.filter(({ type }) => type === "snapshotEnded").length === 2,
    });
    expect(steps.map(summarizeStep)).toEqual([
      "snapshot start by watchList",
      "listed a@9",
      "snapshotEnded 10",
      "interrupted unreadable",
      "snapshot unreadable by watchList",
      "listed a@9",
      "snapshotEnded 10",
    ]);
    expect(requests.map(best)).toEqual(["protobuf", "partialJson"]);
  });
});

describe("406 to a request for metadata", () => {
  it("falls back to whole objects, at once, and drops their bodies", async () => {
    const { steps, requests } = await runReflector({
      target,
      answer: (request) =>
        best(request) === "application/json"
          ? {
              lines: [
                event("ADDED", configMap("a", "9", { data: { key: "value" } })),
                bookmark("10", true),
              ],
            }
          : NOT_ACCEPTABLE,
      enough: until("snapshotEnded"),
    });
    expect(requests.map(best)).toEqual(["protobuf", "partialJson", "application/json"]);
    expect(requests.every(isWatchList)).toBe(true);
    const interrupted = steps.filter((step) => step.type === "interrupted");
    expect(interrupted).toMatchObject([
      { reaction: { cause: "encodingNotServed" }, waitMs: 0 },
      { reaction: { cause: "encodingNotServed" }, waitMs: 0 },
    ]);
    expect(objects(steps)).toEqual([
      { apiVersion: "v1", kind: "ConfigMap", metadata: configMap("a", "9").metadata },
    ]);
  });

  it("loses no position: the watch continues from it", async () => {
    const { steps } = await runReflector({
      target,
      start: { type: "resume", position: "10" },
      answer: (request) => {
        if (best(request) !== "application/json") return NOT_ACCEPTABLE;
        return isWatch(request)
          ? { lines: [event("ADDED", configMap("b", "11"))] }
          : { body: list("11", []) };
      },
      enough: until("changed"),
    });
    expect(steps.map(summarizeStep)).toEqual([
      "interrupted encodingNotServed",
      "interrupted encodingNotServed",
      "resumed 10",
      "ADDED b@11",
    ]);
  });

  it("is about WatchList if no plainer encoding is left", async () => {
    const { steps, requests } = await runReflector({
      target,
      answer: (request) => {
        if (best(request) !== "application/json" || isWatchList(request)) return NOT_ACCEPTABLE;
        return isWatch(request) ? { stayOpen: true } : { body: list("10", []) };
      },
      enough: until("snapshotEnded"),
    });
    expect(steps.map(summarizeStep).slice(3)).toContain("interrupted watchListNotServed");
    expect(requests.map(best).slice(0, 4)).toEqual([
      "protobuf",
      "partialJson",
      "application/json",
      "application/json",
    ]);
  });

  it("is not final: protobuf is tried again after half an hour", async () => {
    let nowMs = 0;
    const clock = { ...impatientClock, nowMs: () => nowMs };
    const { requests } = await runReflector({
      target,
      clock,
      answer: (request, index) => {
        if (index === 3) nowMs = 31 * 60_000;
        if (best(request) === "protobuf") return NOT_ACCEPTABLE;
        return isWatch(request) ? { lines: [bookmark("10", true)] } : { body: list("10", []) };
      },
      enough: (_step, all) => all.filter(({ type }) => type === "interrupted").length === 4,
    });
    const plain = ["partialJson", "partialJson", "partialJson"];
    expect(requests.map(best)).toEqual(["protobuf", ...plain, "protobuf"]);
  });
});

it("asks for whole objects if metadata is not enough, and for nothing else", async () => {
  const { requests, steps } = await runReflector({
    answer: () => NOT_ACCEPTABLE,
    enough: (_step, all) => all.length >= 4,
  });
  expect(new Set(requests.map(({ accept }) => accept))).toEqual(new Set(["application/json"]));
  expect(steps.map(summarizeStep)).toContain("interrupted watchListNotServed");
});
