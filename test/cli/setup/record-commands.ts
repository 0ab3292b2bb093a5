import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";

export type RecordedCommands = {
  /** With programs on the PATH that only note how they were called. */
  readonly environment: Readonly<Record<string, string>>;
  /** The calls so far, each as one line. */
  readonly ran: () => readonly string[];
  /** What a call prints whose line contains this text; it fails with the exit code if that is not 0. */
  readonly answer: (containing: string, printed: string, exitCode?: number) => void;
  /** The same, whatever has been answered to such a call before. */
  readonly answerFirst: (containing: string, printed: string, exitCode?: number) => void;
};

/** Programs of these names that note their arguments, print what the test says, and do nothing. */
export function recordCommands(folder: string, names: readonly string[]): RecordedCommands {
  const bin = join(folder, "bin");
  const log = join(folder, "commands.log");
  const answers = join(folder, "answers.tsv");
  mkdirSync(bin);
  writeFileSync(log, "");
  writeFileSync(answers, "");
  for (const name of names) {
    const path = join(bin, name);
    writeFileSync(path, toProgram(name, log, answers));
    chmodSync(path, 0o755);
  }
  return {
    environment: { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
    ran: () =>
      existsSync(log)
        ? readFileSync(log, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : [],
    answerFirst: (containing, printed, exitCode = 0) =>
      writeFileSync(
        answers,
        `${containing}\t${exitCode}\t${printed}\n${readFileSync(answers, "utf8")}`,
      ),
    answer: (containing, printed, exitCode = 0) =>
      appendFileSync(answers, `${containing}\t${exitCode}\t${printed}\n`),
  };
}

/** In a shell, because a step starts several of them. What comes from a pipe is read, so that its writer does not fail. */
function toProgram(name: string, log: string, answers: string): string {
  return `#!/bin/sh
case " $* " in *" - "*) cat >/dev/null;; esac
line="${name} $*"
printf '%s\\n' "$line" >> '${log}'
while IFS="$(printf '\\t')" read -r text code printed; do
  case "$line" in *"$text"*) printf '%s\\n' "$printed"; exit "$code";; esac
done < '${answers}'
exit 0
`;
}
