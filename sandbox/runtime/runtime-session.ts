import type { InvocationError, InvocationOutcome } from "./invocation.ts";

/** One event for one execution environment. */
export type Invocation = {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  /** Unix time in ms. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceId: string;
};

type UnderWay = {
  readonly requestId: string;
  readonly settle: (outcome: InvocationOutcome) => void;
};

/**
 * Between one runtime client, which asks for events and answers them, and the sandbox, which has them: one invocation
 * is under way at a time. It knows no HTTP.
 */
export class RuntimeSession {
  #asking = Promise.withResolvers<InvocationError | undefined>();
  #hand: ((invocation: Invocation) => void) | undefined;
  #underWay: UnderWay | undefined;

  /** Resolves when the runtime asks for an event (with `undefined`), or has reported that it cannot start. */
  asking(): Promise<InvocationError | undefined> {
    return this.#asking.promise;
  }

  /** Gives the event to the runtime. Only while it is asking. */
  invoke(invocation: Invocation): Promise<InvocationOutcome> {
    const { promise, resolve: settle } = Promise.withResolvers<InvocationOutcome>();
    this.#underWay = { requestId: invocation.requestId, settle };
    this.#asking = Promise.withResolvers();
    this.#hand?.(invocation);
    this.#hand = undefined;
    return promise;
  }

  /** The runtime asks; `hand` is called when there is an event. */
  ask(hand: (invocation: Invocation) => void): void {
    this.#hand = hand;
    this.#asking.resolve(undefined);
  }

  /** The runtime cannot start. */
  failStart(error: InvocationError): void {
    this.#asking.resolve(error);
  }

  isUnderWay(requestId: string): boolean {
    return this.#underWay?.requestId === requestId;
  }

  /** The runtime has answered; only for an invocation that is under way. */
  end(requestId: string, outcome: InvocationOutcome): void {
    if (!this.isUnderWay(requestId)) return;
    this.#underWay?.settle(outcome);
    this.#underWay = undefined;
  }
}
