import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { quoteWord } from "../setup/shell.ts";

/** The arguments by which a command reaches the clusters of a Move. */
export type Contexts = {
  readonly from: string;
  readonly to?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly recordNamespace: string;
};

/**
 * A text about a Move, with the commands in it as they can be run here. A Move does not know what a kubeconfig calls its clusters, so the
 * commands in its status lack that.
 */
export function withContexts(
  text: string,
  { from, to, kubeconfig, recordNamespace }: Contexts,
): string {
  const other = recordNamespace === DEFAULT_RECORD_NAMESPACE ? undefined : recordNamespace;
  return text.replaceAll(/kubemend move --(resume|rollback|status) /g, (_all, mode: string) => {
    const target = mode === "status" ? undefined : (to ?? "CONTEXT");
    const words = [
      ["--kubeconfig", kubeconfig],
      ["--from", from],
      ["--to", target],
      ["--record-namespace", other],
    ].flatMap(([option = "", value]) => (value === undefined ? [] : [option, quoteWord(value)]));
    return ["kubemend move", ...words, `--${mode} `].join(" ");
  });
}
