import { describe, expect, it } from "vitest";
import { indexByKeys } from "../../../core/json/find-by-keys.ts";
import { toRawInteger } from "../../../events/json.ts";

type Element = Readonly<Record<string, unknown>>;

function findIn(elements: readonly Element[], item: unknown): number {
  const found = indexByKeys(elements, ["port", "protocol"], (one) => one).find(item);
  return found === undefined ? -1 : elements.indexOf(found);
}

const TCP = { port: 80, protocol: "TCP" };
const UDP = { port: 80, protocol: "UDP" };

describe("an element of a list is found by its keys", () => {
  it("all of them", () => {
    expect(findIn([UDP, TCP], TCP)).toBe(1);
    expect(findIn([UDP], TCP)).toBe(-1);
    expect(findIn([], TCP)).toBe(-1);
  });

  it("of the same type", () => {
    expect(findIn([{ port: "80", protocol: "TCP" }], TCP)).toBe(-1);
    const large = { port: toRawInteger(2n ** 60n), protocol: "TCP" };
    expect(findIn([large], { ...large, port: toRawInteger(2n ** 60n) })).toBe(0);
    expect(findIn([large], { ...large, port: toRawInteger(2n ** 60n + 1n) })).toBe(-1);
  });

  it("without those that it lacks itself", () => {
    expect(findIn([{ port: 81, protocol: "TCP" }, UDP, TCP], { port: 80 })).toBe(1);
    expect(findIn([TCP], {})).toBe(0);
    expect(findIn([TCP], 1)).toBe(0);
  });

  it("without those that the element lacks", () => {
    expect(findIn([{ port: 81 }, { port: 80 }], TCP)).toBe(1);
  });

  it("as the first of several", () => {
    expect(findIn([UDP, { port: 80 }, TCP], TCP)).toBe(1);
    expect(findIn([TCP, { port: 80 }], TCP)).toBe(0);
  });
});
