import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { formatPlace, toPlace } from "../../../../core/mirror/manifest.ts";
import { compareLists, toCopy, toLister } from "../../../support/mirror/compare-case.ts";
import { SOURCE_CLUSTER, toContext, toSource } from "../../../support/mirror/mirror-case.ts";

const toObject = (name: string, fields: object = {}): KubernetesObject =>
  toSource({ data: { a: "1" }, ...fields, metadata: { name, uid: `uid-of-${name}` } });

const toNames = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at).padStart(4, "0")}`);

const byPlace = (left: KubernetesObject, right: KubernetesObject): number =>
  formatPlace(toPlace(left)) < formatPlace(toPlace(right)) ? -1 : 1;

/** The server no longer keeps the state that the token is of. */
const toExpired = (continueToken?: string): KubemendError =>
  new KubemendError("Expired", "too old", { retryable: false, status: 410, continueToken });

describe("of two lists", () => {
  it("the one that is behind is read, so that no more than a page waits", async () => {
    const sources = [...toNames("a", 40), ...toNames("z", 50)].map((name) => toObject(name));
    const copies = sources.slice(40).map((source) => toCopy(source, toContext()));
    const reads: string[] = [];
    await compareLists({
      source: toLister(sources, 10, () => reads.push("s")),
      target: toLister(copies, 10, () => reads.push("t")),
    });
    expect(reads.join("")).toBe("stssssstststst");
  });

  const large = { data: { a: "x".repeat(1_000_000) } };

  it("what waits is bounded in bytes, where names are not mapped in their order", async () => {
    const context = toContext({ namespaces: { b: "z" } });
    const toLarge = (namespace: string) => (name: string) =>
      toSource({ ...large, metadata: { name, namespace, uid: `uid-of-${name}` } });
    // In the target the first ones are the last.
    const sources = [...toNames("x", 60).map(toLarge("b")), ...toNames("y", 60).map(toLarge("c"))];
    const copies = sources.map((one) => toCopy(one, context)).toSorted(byPlace);
    const { asked } = await compareLists(
      { source: toLister(sources, 5), target: toLister(copies, 5) },
      context,
    );
    expect(asked.length).toBeGreaterThan(0);
  });

  it("what is mapped to the end of the other list holds nothing else up", async () => {
    const context = toContext({ namespaces: { a: "z" } });
    const toAll = (namespace: string, count: number) =>
      toNames("x", count).map((name) =>
        toSource({ metadata: { name, namespace, uid: `uid-of-${name}` } }),
      );
    const sources = [...toAll("a", 300), ...toAll("b", 2_000)];
    const copies = sources.map((one) => toCopy(one, context)).toSorted(byPlace);
    const { asked, cursor } = await compareLists(
      { source: toLister(sources), target: toLister(copies) },
      context,
    );
    expect([asked.length, cursor.counts.compared]).toEqual([0, 2_300]);
  });

  it("nothing is asked for because of its size, where names are mapped in their order", async () => {
    const sources = toNames("a", 60).map((name) => toObject(name, large));
    const copies = sources.map((source) => toCopy(source, toContext()));
    const { asked, cursor } = await compareLists({
      source: toLister(sources, 16),
      target: toLister(copies, 3),
    });
    expect([asked.length, cursor.counts.compared]).toEqual([0, 60]);
  });
});

/** Objects by whether they have a copy, and which. */
const fate = fc.constantFrom("equal", "missing", "stale", "orphan");

const world = fc.record({
  fates: fc.dictionary(fc.stringMatching(/^[ab-]{1,4}$/), fate, { maxKeys: 30 }),
  pages: fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
  overs: fc.infiniteStream(fc.boolean()),
  expired: fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Compares with interruptions and expired lists, and returns the outcome beside the objects that exist. */
async function compareWorld(
  { fates, pages, overs, expired }: World,
  parameters: object,
  token: (at: string) => string | undefined,
) {
  const context = toContext({ ...parameters });
  const all = Object.entries(fates).map(([name, is]) => ({ is, source: toObject(name) }));
  const sources = all.filter(({ is }) => is !== "orphan").map(({ source }) => source);
  const copies = all.flatMap(({ is, source }) => {
    const copied = is === "stale" ? { ...source, data: { a: "old" } } : source;
    return is === "missing" ? [] : [toCopy(copied, context)];
  });
  const over = overs[Symbol.iterator]();
  const expire = expired[Symbol.iterator]();
  const page = pages[Symbol.iterator]();
  const pageOf = (): number => Number(page.next().value);
  let isFresh = true;
  let restarts = 0;
  const onPage = (at: string | undefined): void => {
    const next = at === undefined ? undefined : token(at);
    const mayExpire = isFresh && at !== undefined && (next !== undefined || restarts < 3);
    isFresh = !(mayExpire && expire.next().value === 0);
    if (isFresh) return;
    restarts += 1;
    throw toExpired(next);
  };
  const { cursor, asked } = await compareLists(
    {
      source: toLister(sources.toSorted(byPlace), pageOf, onPage),
      target: toLister(copies.toSorted(byPlace), pageOf, onPage),
    },
    context,
    () => over.next().value === true,
  );
  const count = (wanted: string): number => all.filter(({ is }) => is === wanted).length;
  return {
    counts: cursor.counts,
    asked: asked.map(({ place }) => place.name).toSorted(),
    expected: {
      counts: {
        compared: sources.length,
        missing: count("missing"),
        stale: 0,
        drifted: count("stale"),
        orphans: count("orphan"),
      },
      asked: all.flatMap(({ is, source }) => (is === "equal" ? [] : [source.metadata.name])),
    },
  };
}

describe("a comparison in several runs", () => {
  it("counts each object once, and asks for what differs, also if a list has expired", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const parameters = { names: { prefix: "p-" } };
        const { counts, asked, expected } = await compareWorld(one, parameters, (at) => at);
        expect(counts).toEqual(expected.counts);
        expect(asked).toEqual(expected.asked.toSorted());
      }),
    );
  });

  it("reads on in each run", async () => {
    const sources = toNames("a", 40).map((name) => toObject(name));
    const copies = sources.map((source) => toCopy(source, toContext()));
    let runs = 0;
    const { cursor, asked } = await compareLists(
      { source: toLister(sources, 10), target: toLister(copies, 3) },
      toContext(),
      () => (runs += 1) > 0,
    );
    expect([cursor.counts.compared, asked.length]).toEqual([40, 0]);
    expect(runs).toBeLessThan(20);
  });

  it("asks for all that differs, if a list that has expired begins again", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const { asked, expected } = await compareWorld(one, {}, () => undefined);
        expect(new Set(asked)).toEqual(new Set([...asked, ...expected.asked]));
      }),
    );
  });

  it("asks for all that differs, where names are not mapped in their order", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const { asked, expected } = await compareWorld(
          one,
          { names: { suffix: "--c" } },
          (at) => at,
        );
        expect(new Set(asked)).toEqual(new Set([...asked, ...expected.asked]));
      }),
    );
  });

  it("continues at the same place if a list has expired", async () => {
    const names = toNames("a", 20);
    const tokens: unknown[] = [];
    const { cursor } = await compareLists({
      source: toLister(
        names.map((name) => toObject(name)),
        5,
        (token) => {
          tokens.push(token);
          if (tokens.length === 3) throw toExpired(token);
        },
      ),
      target: toLister([]),
    });
    expect(tokens).toEqual([undefined, "5", "10", "10", "15"]);
    expect(cursor.counts.compared).toBe(20);
  });

  it("ends if a list expires each time it is read", async () => {
    const sources = toNames("a", 20).map((name) => toObject(name));
    const refuse = (token: string | undefined): void => {
      if (token !== undefined) throw toExpired();
    };
    const comparison = compareLists({
      source: toLister(sources, 5, refuse),
      target: toLister([]),
    });
    await expect(comparison).rejects.toThrow("too old");
  });
});

describe("what a target's tenant writes into a copy", () => {
  const toForged = (annotations: object): KubernetesObject => {
    const copy = toCopy(toObject("gone"), toContext());
    const marks = { ...(copy.metadata["annotations"] as object), ...annotations };
    return { ...copy, metadata: { ...copy.metadata, annotations: marks } };
  };
  const compareForged = (annotations: object) =>
    compareLists({ source: toLister([]), target: toLister([toForged(annotations)]) });

  it.each([
    ["is long", "\u0001".repeat(250_000)],
    ["is empty", ""],
    ["has control characters", "a\u0001"],
  ])("goes into no message if a uid %s", async (_what, uid) => {
    const { asked, cursor } = await compareForged({ "kubemend.dev/source-uid": uid });
    expect(cursor.counts.orphans).toBe(1);
    expect(asked.map((one) => one.place.name)).toEqual(["gone"]);
    expect(asked[0]?.uid).toMatch(/^[0-9a-f]{64}$/);
  });

  it("goes into no message if a version is long", async () => {
    const { asked } = await compareForged({ "kubemend.dev/source-version": "1".repeat(65) });
    expect(asked[0]?.resourceVersion).toBe("");
  });

  it("is used if it is a uid and a version", async () => {
    const { asked } = await compareForged({});
    expect(asked[0]).toMatchObject({ uid: "uid-of-gone", resourceVersion: "1042" });
  });

  it.each(["other/gone", "shop/../x", "", "shop/gone\u0001", "gone"])(
    "asks for nothing at the place %j",
    async (place) => {
      const { asked, cursor, removed } = await compareForged({
        "kubemend.dev/source-object": place,
      });
      expect([asked, removed, cursor.counts.orphans]).toEqual([[], [], 1]);
    },
  );

  it("is not counted if it says that another cluster's object is the source", async () => {
    const { cursor } = await compareForged({ "kubemend.dev/source-cluster": "elsewhere" });
    expect(SOURCE_CLUSTER.uid).not.toBe("elsewhere");
    expect(cursor.counts.orphans).toBe(0);
  });
});
