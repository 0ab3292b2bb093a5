import { expect, it } from "vitest";
import { configMap } from "../../support/relay/change.ts";
import { runReflector } from "../../support/relay/reflector.ts";
import { list, status } from "../../support/kubernetes/scripted-client.ts";

const BIG = "x".repeat(4 * 1024 * 1024);

it("a page of large objects is asked for in parts, and every object is read", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `big-${index}`);
  const limits: unknown[] = [];
  const { steps } = await runReflector({
    answer: ({ query }) => {
      if (query["sendInitialEvents"] === true) return { status: 422, body: status(422, "no") };
      if (query["watch"] === true) return { stayOpen: true };
      const from = Number(query["continue"] ?? 0);
      const to = from + Number(query["limit"]);
      limits.push(query["limit"]);
      const items = names
        .slice(from, to)
        .map((name) => ({ ...configMap(name, "9"), data: { BIG } }));
      return { body: list("10", items, to < names.length ? String(to) : undefined) };
    },
    enough: ({ type }, all) => type === "snapshotEnded" || all.length > 50,
  });
  expect(steps.flatMap((step) => ("read" in step ? [step.read.name] : []))).toEqual(names);
  expect(limits).toEqual([500, 125, 32, 8, 8, 8]);
});
