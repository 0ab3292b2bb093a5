import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { describeFileError } from "../../adapters/describe-file-error.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

async function readFault(path: string): Promise<string> {
  return readFile(path).then(() => "it was read", describeFileError);
}

test("a file that cannot be read is described in words", async () => {
  using folder = temporaryFolder();
  expect(await readFault(`${folder.path}/nowhere`)).toBe("there is no such file");
  expect(await readFault(folder.path)).toBe("it is a folder");
  expect(describeFileError(new Error("the disk is broken"))).toBe("the disk is broken");
});
