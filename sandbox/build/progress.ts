/** What the build is doing now; the caller renders it. */
export type Progress = {
  readonly stage: "waiting" | "checking" | "downloading" | "building" | "built";
  /** For people, without times: `building kube-apiserver (2 of 5)`. */
  readonly message: string;
  /** What changes too often for its own line: the module that is being downloaded. */
  readonly detail?: string | undefined;
  /** Since the stage began, and since `ensureBinaries` was called. */
  readonly stageElapsedMs: number;
  readonly elapsedMs: number;
};

export type ProgressReporter = Disposable & {
  readonly enter: (stage: Progress["stage"], message: string, detail?: string) => void;
};

/** A terminal without output for longer looks hung. */
const TICK_MS = 1_000;

/** Reports each change of stage or message (not of detail), and every second in between, until it is disposed. */
export function createProgressReporter(
  report: (progress: Progress) => void,
  now: () => number = () => performance.now(),
): ProgressReporter {
  const startedAt = now();
  let stage: Progress["stage"] | undefined;
  let message = "";
  let detail: string | undefined;
  let stageStartedAt = startedAt;
  const emit = (): void => {
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
  const timer = setInterval(emit, TICK_MS);
  timer.unref();
  return {
    enter(nextStage, nextMessage, nextDetail) {
      detail = nextDetail;
      if (stage === nextStage && message === nextMessage) return;
      if (stage !== nextStage) stageStartedAt = now();
      stage = nextStage;
      message = nextMessage;
      emit();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
