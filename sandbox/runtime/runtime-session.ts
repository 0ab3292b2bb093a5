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
 * Connects one runtime client, which asks for events and responds to them, with the sandbox, which provides them: one
 * invocation runs at a time. It knows nothing of HTTP.
 */
export class RuntimeSession {
  #asking = Promise.withResolvers<InvocationError | undefined>();
  #hand: ((invocation: Invocation) => void) | undefined;
  #underWay: UnderWay | undefined;

  /** Resolves with undefined when the runtime asks for an event, or with its error if it cannot start. */
  asking(): Promise<InvocationError | undefined> {
    return this.#asking.promise;
  }

  /** Passes the event to the runtime. Only while it is asking for one. */
  invoke(invocation: Invocation): Promise<InvocationOutcome> {
    const { promise, resolve: settle } = Promise.withResolvers<InvocationOutcome>();
    this.#underWay = { requestId: invocation.requestId, settle };
    this.#asking = Promise.withResolvers();
    this.#hand?.(invocation);
    this.#hand = undefined;
    return promise;
  }

  /** The runtime asks for an event; `hand` is called when there is one. */
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

  /** The runtime has responded. Ignored unless the invocation is running. */
  end(requestId: string, outcome: InvocationOutcome): void {
    if (!this.isUnderWay(requestId)) return;
    this.#underWay?.settle(outcome);
    this.#underWay = undefined;
  }
}
