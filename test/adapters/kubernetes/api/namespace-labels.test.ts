import { expect, it } from "vitest";
import { createReadNamespaceLabels } from "../../../../adapters/kubernetes/api/namespace-labels.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";

const NAMESPACE = { metadata: { name: "data", uid: "u", labels: { team: "data" } } };

function createWorld(answers: readonly (object | Error)[]) {
  const asked: string[] = [];
  let now = 0;
  const client = {
    request: async (request: { readonly path: string }) => {
      asked.push(request.path);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as KubernetesClient;
  const read = createReadNamespaceLabels({ client, now: () => now });
  return { asked, read, pass: (ms: number) => (now += ms) };
}

it("labels are read once a minute, for all that ask at once", async () => {
  const { asked, read, pass } = createWorld([NAMESPACE]);
  const both = await Promise.all([read("data"), read("data")]);
  expect(both).toEqual([{ team: "data" }, { team: "data" }]);
  pass(59_999);
  await read("data");
  expect(asked).toHaveLength(1);
  pass(1);
  await read("data");
  expect(asked).toHaveLength(2);
});

it("what cannot be read is not known, and asked for again", async () => {
  const { asked, read } = createWorld([new Error("away"), NAMESPACE]);
  expect(await read("data")).toBeUndefined();
  expect(await read("data")).toEqual({ team: "data" });
  expect(asked).toHaveLength(2);
});
