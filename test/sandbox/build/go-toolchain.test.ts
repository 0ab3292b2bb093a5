import { describe, expect, it } from "vitest";
import { isOlder, toGoEnvironment } from "../../../sandbox/build/go-toolchain.ts";

describe("a Go version", () => {
  it.each([
    ["1.25.9", "1.26.0"],
    ["1.9", "1.26.0"],
    ["1.26.0", "1.26.1"],
    ["0.9.9", "1.26.0"],
  ])("%s is older than %s", (version, wanted) => expect(isOlder(version, wanted)).toBe(true));

  it.each([
    ["1.26.0", "1.26.0"],
    ["1.26", "1.26.0"],
    ["1.26.8", "1.26.0"],
    ["1.30rc1", "1.26.0"],
    ["2.0", "1.26.0"],
    ["devel +abc", "1.26.0"],
  ])("%s is new enough for %s", (version, wanted) => expect(isOlder(version, wanted)).toBe(false));
});

it("keeps the user's mirror and flags, and overrides only what would change the build", () => {
  const environment = toGoEnvironment(
    { GOPROXY: "https://mirror.example", GOFLAGS: "-p=1", GOOS: "plan9", GO111MODULE: "off" },
    { os: "linux", arch: "x64" },
  );
  expect(environment).toMatchObject({
    GOPROXY: "https://mirror.example",
    GOFLAGS: "-p=1",
    GOOS: "linux",
    GOARCH: "amd64",
    GO111MODULE: "on",
    CGO_ENABLED: "0",
  });
});

it("lets the compiler collect less garbage, unless the user says how much", () => {
  const platform = { os: "linux", arch: "x64" };
  expect(toGoEnvironment({}, platform)["GOGC"]).toBe("200");
  expect(toGoEnvironment({ GOGC: "50" }, platform)["GOGC"]).toBe("50");
});
