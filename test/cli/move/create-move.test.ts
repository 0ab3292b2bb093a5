import { describe, expect, it } from "vitest";
import { createMove } from "../../../cli/move/create-move.ts";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";

describe("a Move that cannot be created", () => {
  const contexts = { from: "old", to: "new", recordNamespace: "kubemend" };
  const create = (code: ErrorCode): Promise<unknown> =>
    createMove(
      {
        create: async () => {
          throw new KubemendError(code, "POST /apis/...: 4xx", { retryable: false });
        },
      },
      { name: "m", spec: { target: { uid: "u" }, select: [{ resource: "secrets" }] } },
      contexts,
      new AbortController().signal,
    );

  it("because there is one of its name says how that is continued", async () => {
    await expect(create("AlreadyExists")).rejects.toThrow(
      "there is a Move m already: continue it with: kubemend move --from old --to new --resume m",
    );
  });

  it("because of a missing right names the right", async () => {
    await expect(create("Forbidden")).rejects.toThrow(
      /^this identity may not create moves\.kubemend\.dev in namespace kubemend of old/,
    );
  });

  it("for another reason says that reason", async () => {
    await expect(create("Unreachable")).rejects.toThrow("POST /apis/...: 4xx");
  });
});
