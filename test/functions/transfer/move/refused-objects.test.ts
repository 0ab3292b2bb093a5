import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { MemoryWorld, type MemoryPath, type Sent } from "../../../support/move/memory-world.ts";

const COUNT = 20;
const REFUSED = "tops/t00";
const SELECT = [{ resource: "tops.x.io", namespace: "shop", withOwned: true }];

describe("an object that a cluster refuses holds up none of the others of a move", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
    for (let at = 0; at < COUNT; at += 1) {
      world.add("source", `tops/t${String(at).padStart(2, "0")}`, { metadata: {}, spec: {} });
    }
  });

  /** The API servers refuse requests of which this is true. */
  const refuse = (isRefused: (sent: Sent) => boolean) => {
    world.around = (send, sent) => {
      if (!isRefused(sent)) return send();
      const message = "the policy denied the request";
      throw new KubemendError("AdmissionDenied", message, { retryable: false, status: 403 });
    };
  };
  const isWrite = ({ side, method, path }: Sent, of: { side: string; method: string }) =>
    side === of.side && method === of.method && path.endsWith(`/${REFUSED}`);
  const paused = () =>
    world.names("target").filter((path) => {
      const spec = world.get("target", path)?.["spec"] as { readonly paused?: boolean } | undefined;
      return spec?.paused === true;
    });

  it("when it is created", async () => {
    refuse((sent) => isWrite(sent, { side: "target", method: "PATCH" }));
    await world.begin({ select: SELECT });
    expect((await world.follow()).move.status).toMatchObject({
      phase: "Creating",
      problem: { code: "AdmissionDenied", object: "Top shop/t00" },
    });
    expect(world.names("target")).toHaveLength(COUNT);
  });

  it("when it is deleted", async () => {
    refuse((sent) => isWrite(sent, { side: "source", method: "DELETE" }));
    await world.begin({ select: SELECT });
    expect((await world.follow()).move.status).toMatchObject({
      phase: "Deleting",
      problem: { code: "AdmissionDenied", object: "Top shop/t00" },
    });
    expect(world.names("source")).toEqual([REFUSED]);
  });

  it("when it is resumed", async () => {
    const isThere = () => world.names("source").length === 0;
    refuse((sent) => isThere() && isWrite(sent, { side: "target", method: "PATCH" }));
    await world.begin({ select: SELECT });
    expect((await world.follow()).move.status).toMatchObject({
      phase: "Resuming",
      problem: { code: "AdmissionDenied", object: "Top shop/t00" },
      counts: { resumed: COUNT },
    });
    expect(paused()).toEqual([REFUSED]);
  });

  it("and its problem says how many others there are", async () => {
    const isSome = ({ path }: Sent) => /\/tops\/t0[0-2]$/.test(path);
    refuse((sent) => sent.side === "target" && sent.method === "PATCH" && isSome(sent));
    await world.begin({ select: SELECT });
    const { problem } = (await world.follow()).move.status ?? {};
    expect(problem?.reason).toMatch(
      /; 2 other objects could not be worked on in this step, either$/,
    );
  });

  it("but its owner is not resumed before it", async () => {
    const pause = ["tops", "middles"].map((resource) => ({
      resource: `${resource}.x.io`,
      field: "spec.paused",
    }));
    const isGone = () => world.names("source").length === 0;
    refuse(({ side, method, path }) => {
      return isGone() && side === "target" && method === "PATCH" && path.endsWith("/middles/b");
    });
    await world.begin({ select: SELECT, pause });
    await world.follow();
    expect(paused().toSorted()).toEqual(["middles/b", "tops/a"]);
  });

  it("and is created once what it refers to is there, whatever the order of their names", async () => {
    const isMissing = () => world.get("target", "tops/t19") === undefined;
    refuse((sent) => isMissing() && sent.side === "target" && /\/tops\/t0\d$/.test(sent.path));
    await world.begin({ select: SELECT });
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    expect(world.names("source")).toEqual<MemoryPath[]>([]);
  });

  it("is not asked for again and again if the cluster does not answer", async () => {
    let failed = 0;
    world.around = (send, { side, method, path }) => {
      if (side !== "target" || method !== "PATCH" || !path.includes("/tops/")) return send();
      failed += 1;
      throw new KubemendError("Timeout", "no answer", { retryable: true });
    };
    await world.begin({ select: SELECT });
    expect((await world.follow()).move.status?.problem?.code).toBe("Timeout");
    expect(failed).toBeLessThan(COUNT / 2);
  });
});
