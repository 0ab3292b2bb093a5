/** What the build is doing now; the caller renders it. */
export type Progress = {
  readonly stage: "found" | "waiting" | "checking" | "downloading" | "building" | "built";
  /** For people, without times: `building etcd 3.6.8 and kwok 0.8.0`. */
  readonly message: string;
  /** What changes too often for its own line: the module that is being downloaded. */
  readonly detail?: string | undefined;
  /** Since the stage began, and since `ensureBinaries` was called. */
  readonly stageElapsedMs: number;
  readonly elapsedMs: number;
  /** How much of a build is done, 0 to 1, and how long the rest may take; absent while nobody can tell. */
  readonly done?: number | undefined;
  readonly remainingMs?: number | undefined;
};

export type ProgressReporter = Disposable & {
  /** Notes how much of a build is done, 0 to 1. */
  readonly advance: (done: number) => void;
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
  let done = 0;
  let firstAdvanceAt: number | undefined;
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
      ...(stage === "built" ? {} : estimate(done, at - (firstAdvanceAt ?? at))),
    });
  };
  const timer = setInterval(emit, TICK_MS);
  timer.unref();
  return {
    advance(nextDone) {
      firstAdvanceAt ??= now();
      done = nextDone;
    },
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

/** Before this much is done, an estimate would be a guess. */
const DONE_MIN = 0.05;

function estimate(done: number, elapsedMs: number): Pick<Progress, "done" | "remainingMs"> {
  if (done === 0) return {};
  if (done < DONE_MIN) return { done };
  return { done, remainingMs: (elapsedMs * (1 - done)) / done };
}

const WIDTH = 20;

/** A bar with the share that is done and what remains, such as `[#####...............] 25 %, about 3 min left`; empty if unknown. */
export function formatProgressBar({ done, remainingMs }: Progress): string {
  if (done === undefined) return "";
  const filled = Math.floor(done * WIDTH);
  const bar = `[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${Math.floor(done * 100)} %`;
  return remainingMs === undefined ? bar : `${bar}, ${describeRest(remainingMs)}`;
}

function describeRest(remainingMs: number): string {
  const minutes = Math.round(remainingMs / 60_000);
  return minutes === 0 ? "less than a minute left" : `about ${minutes} min left`;
}
