import { describe, expect, it } from "vitest";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { getObject, getOrGone, listObjects } from "../../../../adapters/kubernetes/api/objects.ts";
import { KubemendError } from "../../../../core/errors.ts";

const JOBS = { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespace: "data" };

function toClient(answers: readonly unknown[]) {
  const requests: KubernetesRequest[] = [];
  const client: KubernetesClient = {
    server: "https://api.example",
    request: async <T>(request: KubernetesRequest): Promise<T> => {
      requests.push(request);
      const answer = answers[requests.length - 1];
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
    stream: () => Promise.reject(new Error("not expected")),
    close: async () => {},
  };
  return { client, requests };
}

const item = (name: string) => ({ metadata: { name, uid: name } });

describe("listObjects", () => {
  it("reads page after page, and gives each item the kind that a list omits", async () => {
    const { client, requests } = toClient([
      { metadata: { continue: "next" }, items: [item("a"), item("b")] },
      { metadata: { continue: "" }, items: [item("c")] },
    ]);
    const jobs = await listObjects(client, JOBS, { labelSelector: "app=backup", fields: [] });
    expect(jobs.map((job) => [job.apiVersion, job.kind, job.metadata.name])).toEqual([
      ["batch/v1", "Job", "a"],
      ["batch/v1", "Job", "b"],
      ["batch/v1", "Job", "c"],
    ]);
    expect(requests.map(({ query }) => [query?.["continue"], query?.["labelSelector"]])).toEqual([
      [undefined, "app=backup"],
      ["next", "app=backup"],
    ]);
  });

  it("treats null as an empty list", async () => {
    const { client } = toClient([{ metadata: {}, items: null }]);
    expect(await listObjects(client, JOBS, { fields: [] })).toEqual([]);
  });

  it("keeps nothing but the identity and the fields that are asked for", async () => {
    const whole = {
      metadata: { name: "a", uid: "u", annotations: { big: "x" } },
      spec: {},
      status: { ready: 1, more: 2 },
    };
    const { client } = toClient([{ metadata: {}, items: [whole] }]);
    expect(await listObjects(client, JOBS, { fields: [["status", "ready"]] })).toEqual([
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "a", uid: "u" },
        status: { ready: 1 },
      },
    ]);
  });

  it("refuses an answer that is not a list", async () => {
    const { client } = toClient([{ items: [{ metadata: { name: 1 } }] }]);
    await expect(listObjects(client, JOBS, { fields: [] })).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining("/apis/batch/v1/namespaces/data/jobs"),
    });
  });
});

describe("getOrGone", () => {
  const target = { ...JOBS, name: "a" };

  it("is null if the API server says that it does not have this object", async () => {
    const missing = new KubemendError("NotFound", "no", { retryable: false, missing: "a" });
    expect(await getOrGone(toClient([missing]).client, target)).toBeNull();
  });

  it.each([undefined, "b"])("throws if not found is %o", async (missing) => {
    const other = new KubemendError("NotFound", "no", { retryable: false, missing });
    const expected = { code: "NotFound", retryable: true };
    await expect(getOrGone(toClient([other]).client, target)).rejects.toMatchObject(expected);
  });
});

describe("getObject", () => {
  it("is null if it does not exist, and throws every other error", async () => {
    const notFound = new KubemendError("NotFound", "not there", { retryable: false });
    const forbidden = new KubemendError("Forbidden", "not yours", { retryable: false });
    const { client } = toClient([notFound, forbidden]);
    expect(await getObject(client, { ...JOBS, name: "a" })).toBeNull();
    await expect(getObject(client, { ...JOBS, name: "a" })).rejects.toBe(forbidden);
  });
});
