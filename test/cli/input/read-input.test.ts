import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readInput } from "../../../cli/input/read-input.ts";

test("a file that does not exist is refused in words", async () => {
  await expect(readInput("/nowhere/objects.yaml", Readable.from([]))).rejects.toMatchObject({
    code: "Invalid",
    message: "cannot read /nowhere/objects.yaml: there is no such file",
  });
});
