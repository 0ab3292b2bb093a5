import { expect, it } from "vitest";
import { checkMirroring, type MirroredState } from "./check-mirroring.ts";

const SOURCE: MirroredState = { name: "a", uid: "u1", team: "red", step: "w0-1" };
const COPY: MirroredState = { ...SOURCE, uid: "u9", sourceUid: "u1" };

it("finds nothing if each object has its copy, and there are no others", () => {
  expect(checkMirroring([SOURCE], [COPY])).toEqual([]);
});

it.each<[string, readonly MirroredState[]]>([
  ["is missing", []],
  ["has an older state", [{ ...COPY, step: "w0-0" }]],
  ["has other labels", [{ ...COPY, team: "blue" }]],
  ["is that of an object of the same name that is gone", [{ ...COPY, sourceUid: "u0" }]],
  ["does not say what it is the copy of", [{ ...COPY, sourceUid: undefined }]],
])("finds a copy that %s", (_, copies) => {
  expect(checkMirroring([SOURCE], copies)).toMatchObject([{ rule: "copy is equal", name: "a" }]);
});

it("finds the copy of an object that is gone", () => {
  expect(checkMirroring([], [COPY])).toMatchObject([{ rule: "no copy is left", name: "a" }]);
});
