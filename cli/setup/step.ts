/** A step of an installation: a shell command that can be repeated without harm. */
export type Step = {
  /** What it does, as an order: "Deploy the functions". */
  readonly title: string;
  readonly command: string;
  /** The variable that takes what the command prints; later commands refer to it. */
  readonly capture?: string | undefined;
  /** Whether it may print nothing; otherwise that is a failure. */
  readonly mayBeEmpty?: true;
  /** A check that is run even if one begins with a later step. */
  readonly isAlwaysRun?: true;
};

/** The steps from a number on, and of the earlier ones the checks and those whose captured value is still needed. */
export function toStepsFrom(
  steps: readonly Step[],
  from: number,
): readonly { readonly number: number; readonly step: Step }[] {
  const later = steps.slice(from - 1);
  return steps
    .map((step, index) => ({ number: index + 1, step }))
    .filter(
      ({ number, step }) => number >= from || step.isAlwaysRun === true || isNeeded(step, later),
    );
}

function isNeeded({ capture }: Step, later: readonly Step[]): boolean {
  return capture !== undefined && later.some(({ command }) => command.includes(`$${capture}`));
}

/** The steps from a number on as a shell script: what it does is what `runSteps` does. */
export function toScript(steps: readonly Step[], from = 1): string {
  const parts = toStepsFrom(steps, from).map(({ number, step: { title, command, capture } }) => {
    const line = capture === undefined ? toLine(command) : `${capture}=$(${command})`;
    return `# ${number}. ${title}\n${line}\n`;
  });
  return `#!/bin/sh\nset -eu\n\n${parts.join("\n")}`;
}

/** `set -e` does not end a script at a list of commands if another one than the last has failed. */
function toLine(command: string): string {
  return /&&|\|\|/.test(command) ? `${command} || exit 1` : command;
}
