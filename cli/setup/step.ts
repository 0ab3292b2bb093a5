/** A step of an installation: a shell command that can be repeated without harm. */
export type Step = {
  /** What it does, as an order: "Deploy the functions". */
  readonly title: string;
  readonly command: string;
  /** The variable that takes what the command prints; later commands refer to it. */
  readonly capture?: string | undefined;
};

/** The steps as a shell script: what it does is what `runSteps` does. */
export function toScript(steps: readonly Step[]): string {
  const parts = steps.map(({ title, command, capture }, index) => {
    const line = capture === undefined ? command : `${capture}=$(${command})`;
    return `# ${index + 1}. ${title}\n${line}\n`;
  });
  return `#!/bin/sh\nset -eu\n\n${parts.join("\n")}`;
}
