import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { MemoryWorld, type Sent } from "../../../support/move/memory-world.ts";

const COUNT = 20;

describe("what a cluster would refuse to a move", () => {
  let world: MemoryWorld;
  let sent: Sent[];
  beforeEach(() => {
    world = new MemoryWorld();
    sent = [];
  });

  /** The API servers answer these requests so. */
  const refuse = (
    isRefused: (one: Sent) => boolean,
    { code, message }: { readonly code: ErrorCode; readonly message: string },
  ) => {
    world.around = (send, one) => {
      sent.push(one);
      if (!isRefused(one)) return send();
      throw new KubemendError(code, message, { retryable: false, status: 403 });
    };
  };
  const DENIED = { code: "AdmissionDenied", message: "the policy denied the request" } as const;
  const isCreation =
    (path: string) =>
    (one: Sent): boolean =>
      one.side === "target" && one.method === "PATCH" && one.path.endsWith(path);
  const isDeletion =
    (path: string) =>
    (one: Sent): boolean =>
      one.side === "source" && one.method === "DELETE" && one.path.endsWith(path);
  const follow = async () => (await world.follow()).move.status;

  it("is known before a source is paused, if it is a creation", async () => {
    refuse(isCreation("leafs/c"), { code: "QuotaExceeded", message: "exceeded quota: small" });
    await world.begin();
    expect(await follow()).toMatchObject({
      phase: "Waiting",
      problem: {
        code: "QuotaExceeded",
        object: "Leaf shop/c",
        reason: expect.stringMatching(/dryRun=All, and nothing was changed: exceeded quota/),
        wayOut: expect.stringMatching(/^raise the quota .*kubemend move --rollback m$/),
      },
    });
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("is known before the point of no return, if it is a deletion, and can be rolled back", async () => {
    refuse(isDeletion("leafs/c"), DENIED);
    await world.begin();
    const status = await follow();
    expect(status).toMatchObject({ phase: "Verifying", problem: { object: "Leaf shop/c" } });
    expect(status?.pointOfNoReturnAt).toBeUndefined();
    await world.abort();
    expect((await follow())?.phase).toBe("RolledBack");
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("is left to the creation if it names another object of the move, which the target may need first", async () => {
    await world.patch("source", "leafs/c", { spec: { topRef: { name: "a" } } });
    refuse((one) => one.isDryRun && isCreation("leafs/c")(one), DENIED);
    await world.begin();
    expect((await follow())?.phase).toBe("Moved");
  });

  it("is noted if it is the deletion of what other objects of the move need as long as they are there", async () => {
    refuse((one) => one.isDryRun && isDeletion("middles/b")(one), DENIED);
    await world.begin();
    expect(await follow()).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Middle shop\/b: the source refuses its deletion as long as/)],
    });
  });

  it("is not known if a webhook does not answer to a trial", async () => {
    const message = 'admission webhook "x.io" does not support dry run';
    refuse((one) => one.isDryRun, { code: "Invalid", message });
    await world.begin();
    expect((await follow())?.phase).toBe("Moved");
  });

  it("is asked for once for each resource and namespace, on each side", async () => {
    for (let at = 0; at < COUNT; at += 1) {
      world.add("source", `tops/t${at}`, { metadata: {}, spec: {} });
    }
    refuse(() => false, DENIED);
    await world.begin({ select: [{ resource: "tops.x.io", namespace: "shop", withOwned: true }] });
    expect((await follow())?.phase).toBe("Moved");
    const tried = sent.filter(({ isDryRun }) => isDryRun).map(({ side }) => side);
    expect(tried.toSorted()).toEqual([...Array(3).fill("source"), ...Array(3).fill("target")]);
  });
});
