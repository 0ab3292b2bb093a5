import { describe, expect, it } from "vitest";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { askEach } from "../../../../functions/transfer/compare/ask-each.ts";

type Asked = { readonly sent: readonly string[]; readonly counts: readonly unknown[] };

/** Asks for a, b and c, of which the queue does not accept b. */
async function askForThree(code: ErrorCode): Promise<Asked> {
  const sent = new Set<string>();
  const counts: unknown[] = [];
  const log = (): void => undefined;
  const differences = ["a", "b", "c"].map((name) => ({
    place: { namespace: "shop", name },
    uid: "u",
    resourceVersion: "1",
  }));
  await askEach(
    {
      send: async (entries) => {
        for (const { body } of entries) if (body !== "b") sent.add(body);
        if (entries.some(({ body }) => body === "b")) {
          throw new KubemendError(code, "not accepted", { retryable: false });
        }
      },
      toEntry: ({ place }) => ({ body: place.name }),
      rule: "r",
      target: "backup-eu",
    },
    differences,
    {
      signal: new AbortController().signal,
      deadlineMs: Number.POSITIVE_INFINITY,
      telemetry: {
        count: (...counted) => void counts.push(counted),
        logger: { debug: log, info: log, warn: log, error: log },
      },
    },
  );
  return { sent: [...sent], counts };
}

describe("of the messages that a comparison sends", () => {
  it("one that the queue refuses is counted and passed over", async () => {
    expect(await askForThree("MessageRefused")).toEqual({
      sent: ["a", "c"],
      counts: [["ComparisonPassedOver", 1, { target: "backup-eu" }]],
    });
  });

  it("none is passed over if the queue itself fails", async () => {
    await expect(askForThree("QueueUnreachable")).rejects.toThrow("not accepted");
  });
});
