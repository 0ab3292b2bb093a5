import { describe, expect, it } from "vitest";
import { confirmDeletion, isSelective } from "../../../relay/detect/confirm-deletion.ts";
import type { Change } from "../../../relay/detect/change.ts";
import type { FailedAttempt } from "../../../relay/reflector/ask-until-answered.ts";
import type { WatchTarget } from "../../../relay/reflector/target.ts";
import { CONFIG_MAPS, configMap } from "../../support/relay/change.ts";
import { impatientClock, TIMES } from "../../support/relay/reflector.ts";
import { change, summarizeChange } from "../../support/relay/relay.ts";
import {
  createScriptedClient,
  list,
  status,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/kubernetes/scripted-client.ts";

const TARGET: WatchTarget = { resource: CONFIG_MAPS, namespace: null, labelSelector: "app=a" };
const GONE = change("a", "deleted", "10");

async function confirm(
  answer: (request: ScriptedRequest, index: number) => ScriptedAnswer,
  target: WatchTarget = TARGET,
  gone: Change = GONE,
) {
  const { client, requests } = createScriptedClient(answer);
  const reports: string[] = [];
  const waitsMs: number[] = [];
  const deps = {
    client,
    clock: { ...impatientClock, sleep: async (ms: number) => void waitsMs.push(ms) },
    times: TIMES,
    confirmed: (confirmation: string) => void reports.push(confirmation),
    unconfirmed: (_change: unknown, { reaction }: FailedAttempt) =>
      void reports.push(reaction.cause),
    unanswerable: (certain: Change) => void reports.push(`refused: ${summarizeChange(certain)}`),
  };
  const confirmed = await confirmDeletion(deps, target, gone, AbortSignal.timeout(2_000));
  return { confirmed, requests, reports, waitsMs };
}

describe("an object that a watch with a selector no longer shows", () => {
  it("was deleted if the cluster no longer has it", async () => {
    const { confirmed, requests } = await confirm(({ path }) =>
      path.endsWith("/a") ? { status: 404, body: status(404, "no") } : { body: list("17", []) },
    );
    // At a resourceVersion of now: what a replay still says of it is older.
    expect(confirmed && summarizeChange(confirmed)).toBe("deleted a@17");
    expect(requests[0]?.path).toBe("/api/v1/namespaces/default/configmaps/a");
  });

  it("was not deleted because a proxy answers 404", async () => {
    let asked = 0;
    const { confirmed } = await confirm(({ path }) => {
      if (!path.endsWith("/a")) return { body: list("17", []) };
      asked += 1;
      return asked === 1
        ? { status: 404, body: "default backend - 404" }
        : { body: configMap("a", "12") };
    });
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@12");
  });

  it("left as metadata if it is nested too deep to be carried, and holds nothing up", async () => {
    const levels = 5_000;
    const metadata = configMap("a", "12").metadata;
    const deep = `{"metadata":${JSON.stringify(metadata)},"spec":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    const { confirmed, reports } = await confirm(({ path }) =>
      path.endsWith("/a") ? { body: Buffer.from(deep) } : { body: list("17", []) },
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@12");
    expect(confirmed).toMatchObject({
      truncated: "nested more than 500 levels deep",
      object: { metadata: { name: "a" } },
    });
    expect(reports).toEqual(["left"]);
  });

  it("was deleted if another object has its name", async () => {
    const { confirmed } = await confirm(({ path }) =>
      path.endsWith("/a")
        ? { body: configMap("a", "12", { uid: "other" }) }
        : { body: list("17", []) },
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("deleted a@17");
  });

  it("has left if the same uid still exists, with the object of that answer", async () => {
    const alive = configMap("a", "10", { data: { now: "yes" } });
    const { confirmed, requests } = await confirm(() => ({ body: alive }));
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@10");
    expect(confirmed?.object["data"]).toEqual({ now: "yes" });
    expect(requests).toHaveLength(1);
  });

  it("has left with the newer resourceVersion if it has changed since and is still not selected", async () => {
    const { confirmed, requests } = await confirm(({ query }) =>
      query["fieldSelector"] === undefined
        ? { body: configMap("a", "12") }
        : { body: list("13", []) },
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@12");
    expect(requests[1]?.query).toEqual({
      labelSelector: "app=a",
      fieldSelector: "metadata.name=a",
      limit: 500,
    });
  });

  it("is found by its name, whatever characters that contains", async () => {
    const name = String.raw`a,b=c\d`;
    const { confirmed, requests } = await confirm(
      ({ query }) =>
        query["fieldSelector"] === undefined
          ? { body: configMap(name, "12") }
          : { body: list("13", []) },
      { ...TARGET, fieldSelector: "type=Opaque" },
      change(name, "deleted", "10"),
    );
    expect(confirmed && summarizeChange(confirmed)).toBe(`left ${name}@12`);
    expect(requests[1]?.query["fieldSelector"]).toBe(
      String.raw`type=Opaque,metadata.name=a\,b\=c\\d`,
    );
  });

  it("has left in its state outside, although it was selected for a moment while it was asked about", async () => {
    const alive = [configMap("a", "12"), configMap("a", "13"), configMap("a", "13")];
    const { confirmed, requests } = await confirm(({ query }) =>
      query["fieldSelector"] === undefined
        ? { body: alive.shift() ?? configMap("a", "13") }
        : { body: list("13", []) },
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@13");
    expect(
      requests.map(({ query }) => (query["fieldSelector"] === undefined ? "GET" : "LIST")),
    ).toEqual(["GET", "LIST", "GET", "LIST", "GET"]);
  });

  it("has left in the state seen last if it changes at every look: its watch continues", async () => {
    let version = 10;
    const { confirmed, requests } = await confirm(({ query }) => {
      if (query["fieldSelector"] !== undefined) return { body: list("90", []) };
      version += 1;
      return { body: configMap("a", String(version)) };
    });
    expect(confirmed && summarizeChange(confirmed)).toBe(`left a@${version}`);
    expect(requests.length).toBeLessThan(12);
  });

  it("is reported by the stream if it is selected again: otherwise `left` would be the last message", async () => {
    const { confirmed, reports } = await confirm(({ query }) =>
      query["fieldSelector"] === undefined
        ? { body: configMap("a", "12") }
        : { body: list("13", [configMap("a", "12")]) },
    );
    expect(confirmed).toBeUndefined();
    expect(reports).toEqual(["returned"]);
  });

  it("is asked about again until there is an answer, and never guessed", async () => {
    const answers: readonly ScriptedAnswer[] = [
      { status: 503, body: status(503, "starting") },
      { status: 403, body: status(403, "no get") },
      { fail: new Error("reset") },
      { body: configMap("a", "10") },
    ];
    const { confirmed, reports } = await confirm((_, index) => answers[index] ?? { status: 500 });
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@10");
    expect(reports).toEqual(["unavailable", "forbidden", "unreachable", "left"]);
  });

  it.each(["the GET", "the LIST"])(
    "is asked about again only after the time that the server set in its answer to %s",
    async (request) => {
      const throttled = {
        status: 429,
        headers: { "retry-after": "7" },
        body: status(429, "too many requests"),
      };
      const script: readonly ScriptedAnswer[] =
        request === "the GET" ? [throttled] : [{ status: 404, body: status(404, "no") }, throttled];
      const { confirmed, reports, waitsMs } = await confirm(({ path }, index) => {
        if (script[index] !== undefined) return script[index];
        return path.endsWith("/a")
          ? { status: 404, body: status(404, "no") }
          : { body: list("17", []) };
      });
      expect(confirmed && summarizeChange(confirmed)).toBe("deleted a@17");
      expect(reports).toEqual(["throttled", "deleted"]);
      expect(waitsMs).toEqual([7_000]);
    },
  );

  it("is asked about in a plainer encoding if its resource is not served as metadata", async () => {
    const { confirmed, reports, requests } = await confirm(
      ({ path, accept }) => {
        if (path.endsWith("/a")) return { status: 404, body: status(404, "no") };
        return accept?.includes("as=PartialObjectMetadataList") === true
          ? { status: 406, body: status(406, "only JSON") }
          : { body: list("17", []) };
      },
      { ...TARGET, projection: "metadata" },
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("deleted a@17");
    expect(reports).toEqual(["encodingNotServed", "encodingNotServed", "deleted"]);
    expect(requests.at(-1)?.accept).toBe("application/json");
  });

  it("is asked about again if the answer cannot be read", async () => {
    const answers: readonly ScriptedAnswer[] = [
      { body: Buffer.from("<html>") },
      { body: { metadata: { name: "a" } } },
      { body: configMap("a", "10") },
    ];
    const { confirmed, reports } = await confirm((_, index) => answers[index] ?? { status: 500 });
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@10");
    expect(reports).toEqual(["unreadable", "unreadable", "left"]);
  });

  const REFUSED: ScriptedAnswer = { status: 400, body: status(400, "cannot be understood") };

  it.each([
    ["has left", [], "left a@12"],
    ["is reported by the stream", [configMap("a", "12")], undefined],
  ])(
    "%s if it cannot be selected by name, as the list of what its watch selects shows",
    async (_, selected, expected) => {
      const { confirmed, requests, reports } = await confirm(
        ({ path, query }) => {
          if (path.endsWith("/a")) return { body: configMap("a", "12") };
          if (query["fieldSelector"] !== "type=Opaque") return REFUSED;
          return { body: list("13", [configMap("b", "11"), ...selected]) };
        },
        { ...TARGET, fieldSelector: "type=Opaque" },
      );
      expect(confirmed && summarizeChange(confirmed)).toBe(expected);
      expect(reports).toEqual([expected === undefined ? "returned" : "left"]);
      expect(requests[2]).toMatchObject({
        path: "/api/v1/namespaces/default/configmaps",
        query: { labelSelector: "app=a", fieldSelector: "type=Opaque" },
      });
    },
  );

  it.each([
    ["has left", [configMap("a", "10")], "left a@10"],
    ["was deleted", [configMap("a", "12", { uid: "other" })], "deleted a@17"],
  ])("%s, as a list shows, if its name is too long for a GET", async (_, items, expected) => {
    const { confirmed } = await confirm(({ path, query }) => {
      if (path.endsWith("/a")) return { status: 431 };
      if (query["fieldSelector"] !== undefined) return { status: 414 };
      return { body: list("17", query["labelSelector"] === undefined ? items : []) };
    });
    expect(confirmed && summarizeChange(confirmed)).toBe(expected);
  });

  it("is looked for in a list if its name cannot be part of an address", async () => {
    const { confirmed, requests } = await confirm(
      () => ({ body: list("17", [configMap("..", "10")]) }),
      TARGET,
      change("..", "deleted", "10"),
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("left ..@10");
    expect(requests.map(({ path }) => path)).toEqual(["/api/v1/namespaces/default/configmaps"]);
  });

  it("is no longer asked about if every question is refused, and is reported as no longer selected", async () => {
    const { confirmed, reports } = await confirm(() => REFUSED);
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@10");
    expect(reports).toEqual([...Array<string>(4).fill("refused"), "refused: left a@10"]);
  });

  it("was deleted if that is known, although the current resourceVersion is refused", async () => {
    const { confirmed, reports } = await confirm(({ path }) =>
      path.endsWith("/a") ? { status: 404, body: status(404, "no") } : REFUSED,
    );
    expect(confirmed && summarizeChange(confirmed)).toBe("deleted a@10");
    expect(reports.at(-1)).toBe("refused: deleted a@10");
  });

  it("is asked about again if refusals and failures take turns", async () => {
    let attempts = 0;
    const { confirmed, reports } = await confirm(({ path, query }) => {
      if (!path.endsWith("/a")) {
        return query["labelSelector"] === undefined ? REFUSED : { body: list("17", []) };
      }
      attempts += 1;
      if (attempts > 9) return { body: configMap("a", "10") };
      return attempts % 5 === 0 ? { status: 503 } : REFUSED;
    });
    expect(confirmed && summarizeChange(confirmed)).toBe("left a@10");
    expect(reports).toHaveLength(10);
  });

  it("needs no confirmation on a watch without selectors", () => {
    expect(isSelective({ resource: CONFIG_MAPS, namespace: "default" })).toBe(false);
    expect(isSelective({ resource: CONFIG_MAPS, namespace: null, fieldSelector: "a=b" })).toBe(
      true,
    );
  });
});
