import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { CopyCase } from "../../../support/mirror/copy-case.ts";

/** A source with its copy. */
async function createCopied(): Promise<CopyCase> {
  const one = new CopyCase();
  one.setSource({ data: { a: "1" } });
  await one.run();
  one.source.requests.length = 0;
  return one;
}

describe("a source that is gone", () => {
  it("takes its copy with it", async () => {
    const one = await createCopied();
    one.source.objects.delete(one.path);
    expect(await one.run()).toEqual({ outcome: "deleted" });
  });

  it("is not gone because its address leads to another cluster", async () => {
    const one = await createCopied();
    one.source.objects.delete(one.path);
    one.setCluster("uid-of-a-new-cluster");
    expect(await one.run()).toMatchObject({ outcome: "retry", code: "ForeignCluster" });
    expect(one.copy).toBeDefined();
  });

  it("is not gone if the server does not name it", async () => {
    const one = await createCopied();
    one.source.before = ({ path }) => {
      if (path !== one.path) return;
      const message = "the server could not find the requested resource";
      throw new KubemendError("NotFound", message, { retryable: false });
    };
    expect(await one.run()).toMatchObject({ outcome: "retry", code: "NotServed" });
    expect(one.copy).toBeDefined();
  });
});

describe("another object of the source's name", () => {
  it("of another cluster, to which the address leads now, is not copied over the copy", async () => {
    const one = await createCopied();
    one.setSource({ data: { a: "2" }, metadata: { uid: "uid-there" } });
    one.setCluster("uid-of-a-new-cluster");
    expect(await one.run()).toMatchObject({ outcome: "retry", code: "ForeignCluster" });
    expect(one.copy).toMatchObject({ data: { a: "1" } });
  });
});

it("messages that come at once share the question which cluster it is", async () => {
  const one = await createCopied();
  one.source.objects.delete(one.path);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => one.run()));
  expect(outcomes.filter(({ outcome }) => outcome === "deleted")).toHaveLength(1);
  const asked = one.source.requests.filter((line) => line.endsWith("/kube-system"));
  expect(asked.length).toBeLessThanOrEqual(2);
});

it("a change of the same object asks for no cluster", async () => {
  const one = await createCopied();
  one.setSource({ data: { a: "2" } });
  expect(await one.run()).toMatchObject({ outcome: "updated" });
  expect(one.source.requests.filter((line) => line.endsWith("/kube-system"))).toEqual([]);
});
