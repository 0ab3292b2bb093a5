import { writeError } from "../terminal/streams.ts";

const HINT =
  "The control plane is built once, which takes some minutes. Meanwhile, in another terminal,\n" +
  "`npx kubemend start --context NAME` shows what rules would do in a cluster of yours, and writes nothing.";

/**
 * Shows the progress of the sandbox's start. Two things stay on the screen, each once: which programs are used that we did not
 * build, and what can be done while the control plane is built.
 */
export function withBuildNotes(
  progress: (text: string) => void,
  write: (text: string) => void = writeError,
): (text: string) => void {
  const said = new Set<string>();
  const sayOnce = (text: string): void => {
    if (!said.has(text)) write(`${text}\n`);
    said.add(text);
  };
  return (text) => {
    if (text.startsWith("using ")) {
      sayOnce(text);
      return;
    }
    if (text.startsWith("building ")) sayOnce(HINT);
    progress(text);
  };
}
