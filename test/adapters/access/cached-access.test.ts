import { describe, expect, it } from "vitest";
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

describe("a way in that was loaded", () => {
  it("is kept until it is refused", async () => {
    const { source, asked, pass } = createWorld([{}, {}]);
    const first = await source.current();
    pass(30 * 24 * 3_600_000);
    expect(await source.current()).toBe(first);
    source.invalidate?.(first);
    expect((await source.current()).token).toBe("token-2");
    expect(asked()).toBe(2);
  });

  it("is loaded anew when it expires, not before", async () => {
    const { source, pass } = createWorld([{ expiresAtMs: 1_000 }, { expiresAtMs: 2_000 }]);
    await source.current();
    pass(999);
    expect((await source.current()).token).toBe("token-1");
    pass(1);
    expect((await source.current()).token).toBe("token-2");
  });

  it("is loaded once for all who ask meanwhile", async () => {
    const { source, asked } = createWorld([{}]);
    const [one, other] = await Promise.all([source.current(), source.current()]);
    expect(one).toBe(other);
    expect(asked()).toBe(1);
  });

  it("is not thrown away for a request that was refused with the one before", async () => {
    const { source, asked } = createWorld([{}, {}]);
    const old = await source.current();
    source.invalidate?.(old);
    await source.current();
    source.invalidate?.(old);
    await source.current();
    expect(asked()).toBe(2);
  });

  it("is asked for again by the next who needs it, where loading failed", async () => {
    const { source } = createWorld([new Error("away"), {}]);
    await expect(source.current()).rejects.toThrow("away");
    expect((await source.current()).token).toBe("token-2");
  });
});
