import { afterEach, describe, expect, it, vi } from "vitest";
import { createCachedAccess, type LoadedAccess } from "../../../adapters/access/cached-access.ts";

const toAccess = (token: string) => ({
  server: new URL("https://api.example"),
  insecureSkipVerify: false,
  token,
});

function createWorld(loads: readonly (Partial<LoadedAccess> | Error)[]) {
  let nowMs = 0;
  let asked = 0;
  const source = createCachedAccess({
    description: "secret s",
    now: () => nowMs,
    load: async () => {
      const answer = loads[asked++];
      if (answer instanceof Error) throw answer;
      return { access: toAccess(`token-${asked}`), ...answer };
    },
  });
  return { source, asked: () => asked, pass: (ms: number) => (nowMs += ms) };
}

describe("loaded credentials", () => {
  it("are kept until they are refused", async () => {
    const { source, asked, pass } = createWorld([{}, {}]);
    const first = await source.current();
    pass(30 * 24 * 3_600_000);
    expect(await source.current()).toBe(first);
    source.invalidate?.(first);
    expect((await source.current()).token).toBe("token-2");
    expect(asked()).toBe(2);
  });

  it("are loaded again when they expire, not before", async () => {
    const { source, pass } = createWorld([{ expiresAtMs: 1_000 }, { expiresAtMs: 2_000 }]);
    await source.current();
    pass(999);
    expect((await source.current()).token).toBe("token-1");
    pass(1);
    expect((await source.current()).token).toBe("token-2");
  });

  it("are loaded once for all concurrent callers", async () => {
    const { source, asked } = createWorld([{}]);
    const [one, other] = await Promise.all([source.current(), source.current()]);
    expect(one).toBe(other);
    expect(asked()).toBe(1);
  });

  it("are not discarded because a request was refused with the previous ones", async () => {
    const { source, asked } = createWorld([{}, {}]);
    const old = await source.current();
    source.invalidate?.(old);
    await source.current();
    source.invalidate?.(old);
    await source.current();
    expect(asked()).toBe(2);
  });

  it("are loaded again by the next caller, if loading failed", async () => {
    const { source } = createWorld([new Error("away"), {}]);
    await expect(source.current()).rejects.toThrow("away");
    expect((await source.current()).token).toBe("token-2");
  });

  describe("that come late", () => {
    afterEach(() => void vi.useRealTimers());

    it("are awaited for 10 s, and kept for the next caller when they have come", async () => {
      vi.useFakeTimers();
      const loading = Promise.withResolvers<LoadedAccess>();
      const load = vi.fn<() => Promise<LoadedAccess>>(() => loading.promise);
      const source = createCachedAccess({ description: "secret s", now: () => 0, load });
      const refused = source.current().catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await refused).toMatchObject({
        code: "CredentialUnreachable",
        message: "secret s did not give the credentials within 10000 ms",
        retryable: true,
      });
      loading.resolve({ access: toAccess("late") });
      await vi.advanceTimersByTimeAsync(0);
      expect((await source.current()).token).toBe("late");
      expect(load).toHaveBeenCalledTimes(1);
    });
  });
});
