import { once } from "node:events";
import { startGuarded } from "../../../sandbox/host/guarded-process.ts";
import type { Figures } from "./measure.ts";

export type Contender = {
  readonly command?: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
};

/** Runs it to its end, and reads the figures that it printed last. Throws with its output if there are none. */
export async function runContender(contender: Contender): Promise<Figures> {
  const { command = process.execPath, args } = contender;
  const environment = { ...process.env, ...contender.environment };
  const { child, exited } = startGuarded({ command, args, environment, output: "pipe" });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const [{ code }] = await Promise.all([exited, once(child, "close")]);
  const line = said.stdout.trim().split("\n").at(-1) ?? "";
  if (code !== 0 || !line.startsWith("{")) {
    throw new Error(`${args.join(" ")} ended with ${code}: ${(said.stderr + line).slice(-2_000)}`);
  }
  return JSON.parse(line) as Figures;
}
