import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { toShortErrors } from "../../infra/build/lean-sdk.ts";

const MODELS = join(import.meta.dirname, "../../node_modules/@aws-sdk/client-sqs/dist-es/models");
const SOURCE = readFileSync(join(MODELS, "errors.js"), "utf8");

type ServiceError = Error & { readonly $fault: string };
type ErrorClasses = Readonly<
  Record<string, (new (options: object) => ServiceError) & { readonly shapeId: string }>
>;

/** Runs the module where the SDK has it. */
async function load(contents: string): Promise<ErrorClasses> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: MODELS, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const text = outputFiles[0]?.text ?? "";
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as ErrorClasses;
}

describe("the SDK's classes of errors, made by one function", () => {
  it("are the same classes", async () => {
    const [own, short] = await Promise.all([load(SOURCE), load(toShortErrors(SOURCE))]);
    const describeAll = (classes: ErrorClasses): unknown =>
      Object.entries(classes).map(([name, ErrorClass]) => {
        const error = new ErrorClass({ message: "why", $metadata: { httpStatusCode: 400 } });
        const isOne = error instanceof ErrorClass && error instanceof Error;
        const { shapeId } = ErrorClass;
        return { fields: Object.entries(error), shapeId, isOne, name, message: error.message };
      });
    expect(Object.keys(own).length).toBeGreaterThan(20);
    expect(describeAll(short)).toEqual(describeAll(own));
  });

  it("are not one class", async () => {
    const { OverLimit, QueueDoesNotExist } = await load(toShortErrors(SOURCE));
    expect(OverLimit).toBeDefined();
    expect(QueueDoesNotExist && new QueueDoesNotExist({})).not.toBeInstanceOf(OverLimit);
  });

  it("of a form that is not known are left as they are", () => {
    const other = `${SOURCE}export class Added extends __BaseException {\n    Reason;\n}\n`;
    expect(toShortErrors(other)).toContain(
      "export class Added extends __BaseException {\n    Reason;\n}",
    );
  });

  it("are shorter", () => {
    expect(toShortErrors(SOURCE).length).toBeLessThan(SOURCE.length / 3);
  });
});
