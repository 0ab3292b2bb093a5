import { describe, expect, it } from "vitest";
import { findEnvironmentProxy } from "../../../../adapters/kubernetes/connect/environment-proxy.ts";

const PROXY = "http://proxy.example:3128";

describe("the proxy of the environment", () => {
  it("is HTTPS_PROXY, in either case and with or without a scheme; HTTP_PROXY if the server has an http:// address", () => {
    const find = (server: string, environment: Record<string, string>) =>
      findEnvironmentProxy(server, environment);
    expect(find("https://api.example", { HTTPS_PROXY: PROXY })).toBe(PROXY);
    expect(find("https://api.example", { https_proxy: "proxy.example:3128" })).toBe(PROXY);
    expect(find("http://api.example", { HTTPS_PROXY: PROXY })).toBeUndefined();
    expect(find("http://api.example", { HTTP_PROXY: PROXY })).toBe(PROXY);
    expect(find("https://api.example", {})).toBeUndefined();
  });

  it.each([
    ["https://api.example", "api.example"],
    ["https://api.example", "example"],
    ["https://api.example", "other, .example"],
    ["https://api.example", "*.example"],
    ["https://api.example", "*"],
    ["https://api.example", "api.example:443"],
    ["https://10.96.0.1", "10.0.0.0/8"],
    ["https://10.96.0.1:6443", "10.96.0.1:6443"],
    ["https://[fd00::1]:6443", "fd00::/8"],
    ["https://[fd00::1]:6443", "[fd00::1]:6443"],
    ["https://[fd00::1]", "fd00::1"],
    ["https://127.0.0.1:6443", ""],
    ["https://[::1]:6443", ""],
    ["https://localhost:6443", ""],
  ])("is not used for %s if NO_PROXY is %j", (server, noProxy) => {
    expect(findEnvironmentProxy(server, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBeUndefined();
  });

  it.each([
    ["https://notexample", "example"],
    ["https://example", ".example"],
    ["https://api.example:6443", "api.example:443"],
    ["https://10.96.0.1", "11.0.0.0/8"],
    ["https://10.96.0.1", "10.0.0.0/99"],
    ["https://10.96.0.1", "96.0.1"],
    ["https://[fd00::1]", "10.0.0.0/8"],
  ])("is used for %s if NO_PROXY is %j", (server, noProxy) => {
    expect(findEnvironmentProxy(server, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBe(PROXY);
  });
});
