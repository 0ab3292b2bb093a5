/** What a start of the control plane is doing; the caller renders it. */
export type Progress = {
  readonly stage: "waiting" | "checking" | "downloading" | "building" | "built";
  /** For people, without the times: `building kube-apiserver (2 of 5)`. */
  readonly message: string;
  /** What changes too often for a line of its own: the module that is being fetched. */
  readonly detail?: string | undefined;
  /** Since the stage began, and since `ensureBinaries` was called. */
  readonly stageElapsedMs: number;
  readonly elapsedMs: number;
};

export type ProgressReporter = Disposable & {
  readonly enter: (stage: Progress["stage"], message: string, detail?: string) => void;
};

/** A terminal that stands still for longer looks hung. */
const TICK_MS = 1_000;

/** Reports at each change of stage or message (not of detail), and every second in between, until it is disposed of. */
export function createProgressReporter(
  report: (progress: Progress) => void,
  now: () => number = () => performance.now(),
): ProgressReporter {
  const startedAt = now();
  let stage: Progress["stage"] | undefined;
  let message = "";
  let detail: string | undefined;
  let stageStartedAt = startedAt;
  const tell = (): void => {
    if (stage === undefined) return;
    const at = now();
    report({
      stage,
      message,
      detail,
      stageElapsedMs: at - stageStartedAt,
      elapsedMs: at - startedAt,
    });
  };
  const timer = setInterval(tell, TICK_MS);
  timer.unref();
  return {
    enter(nextStage, nextMessage, nextDetail) {
      detail = nextDetail;
      if (stage === nextStage && message === nextMessage) return;
      if (stage !== nextStage) stageStartedAt = now();
      stage = nextStage;
      message = nextMessage;
      tell();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
