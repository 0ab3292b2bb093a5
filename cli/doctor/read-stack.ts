import { readField } from "../../core/json/read-json.ts";
import type { ReadAws } from "./aws.ts";

/** Digest of the pipeline that the functions of a stage are packed with: osls makes it an output of the stack, Terraform a tag of the functions. */
export async function readStackDigest(aws: ReadAws, prefix: string): Promise<string | undefined> {
  return (
    (await readStackOutput(aws, prefix, "PipelineDigest")) ??
    (await readText(
      aws,
      ["lambda", "get-function", "--function-name", `${prefix}-normalize`, "--query", "Tags"],
      "kubemend-pipeline",
    ))
  );
}

/** An output of the stack; undefined if there is no such stack, as with Terraform. */
export async function readStackOutput(
  aws: ReadAws,
  prefix: string,
  output: string,
): Promise<string | undefined> {
  const query = `Stacks[0].Outputs[?OutputKey=='${output}'] | [0]`;
  const stack = ["cloudformation", "describe-stacks", "--stack-name", prefix, "--query", query];
  return readText(aws, stack, "OutputValue");
}

/** The address of a queue; undefined if it is not known here. */
export async function readQueueUrl(aws: ReadAws, name: string): Promise<string | undefined> {
  return readText(aws, ["sqs", "get-queue-url", "--queue-name", name], "QueueUrl");
}

async function readText(
  aws: ReadAws,
  words: readonly string[],
  field: string,
): Promise<string | undefined> {
  const read = await aws(words);
  const value = read.ok ? readField(read.value, field) : undefined;
  return typeof value === "string" ? value : undefined;
}
