import { describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { findMissingRights } from "../../../../adapters/kubernetes/move/find-missing-rights.ts";
import { readField } from "../../../../core/json/read-json.ts";

const { signal } = new AbortController();
const RIGHTS = ["get", "delete"].map((verb) => ({
  group: "x.io",
  resource: "tops",
  verb,
  namespace: "shop",
}));

/** An API server that allows these verbs, and notes what it was asked for. */
function createReviewer(...allowed: readonly string[]) {
  const asked: unknown[] = [];
  const request = async ({ body }: { readonly body?: unknown }) => {
    const attributes = readField(body, "spec", "resourceAttributes");
    asked.push(attributes);
    return { status: { allowed: allowed.includes(String(readField(attributes, "verb"))) } };
  };
  return { asked, client: { request } as unknown as KubernetesClient };
}

describe("the rights that a user lacks", () => {
  it("are asked for one by one", async () => {
    const { asked, client } = createReviewer("get");
    const missing = await findMissingRights(client, RIGHTS, signal);
    expect(missing).toEqual([RIGHTS[1]]);
    expect(asked).toEqual(expect.arrayContaining([...RIGHTS]));
  });

  it("are none if the user has all rights, which is one question", async () => {
    const { asked, client } = createReviewer("*");
    expect(await findMissingRights(client, RIGHTS, signal)).toEqual([]);
    expect(asked).toEqual([{ group: "*", resource: "*", verb: "*" }]);
  });
});
