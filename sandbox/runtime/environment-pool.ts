import { describeError } from "../../core/errors.ts";
import type { ExecutionEnvironment } from "./execution-environment.ts";
import { toInvocationError, type InvocationOutcome } from "./invocation.ts";

/** The execution environments of one function: at most `slots`, each with one invocation at a time; further invocations wait. */
export class EnvironmentPool {
  readonly #start: () => Promise<ExecutionEnvironment>;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #warm: ExecutionEnvironment[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #underWay = new Set<Promise<InvocationOutcome>>();
  #slots: number;
  #stopped = false;
  #generation = 0;

  constructor(slots: number, start: () => Promise<ExecutionEnvironment>) {
    this.#slots = slots;
    this.#start = start;
  }

  /** Never rejects. */
  async invoke(payload: string): Promise<InvocationOutcome> {
    const outcome = this.#run(payload);
    this.#underWay.add(outcome);
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(outcome);
    }
  }

  /**
   * Invocations that begin from now on run in new environments: idle ones are stopped at once, a busy one when it has responded.
   * Resolves when the idle ones have exited.
   */
  async recycle(): Promise<void> {
    this.#generation += 1;
    const idle = this.#warm.splice(0);
    await Promise.all(idle.map((environment) => environment.stop()));
  }

  /** Kills all processes at once, running invocations included. New ones are started on demand. */
  async kill(): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.stop()));
  }

  /** Kills running invocations and resolves when no process is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((environment) => environment.stop()));
    await Promise.all(this.#underWay);
  }

  async #run(payload: string): Promise<InvocationOutcome> {
    if (this.#slots > 0) this.#slots -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let environment: ExecutionEnvironment | undefined;
    const generation = this.#generation;
    try {
      if (this.#stopped) return toInvocationError("Sandbox.Stopped", "the function was stopped");
      environment = this.#warm.pop() ?? (await this.#add());
      if (this.#stopped) await environment.stop();
      return await environment.invoke(payload);
    } catch (error) {
      return toInvocationError("Sandbox.Failed", describeError(error));
    } finally {
      void this.#release(environment, generation);
    }
  }

  async #add(): Promise<ExecutionEnvironment> {
    const environment = await this.#start();
    this.#all.add(environment);
    void this.#removeOnExit(environment);
    return environment;
  }

  async #removeOnExit(environment: ExecutionEnvironment): Promise<void> {
    await environment.exited;
    this.#all.delete(environment);
    const index = this.#warm.indexOf(environment);
    if (index >= 0) this.#warm.splice(index, 1);
  }

  async #release(environment: ExecutionEnvironment | undefined, generation: number): Promise<void> {
    // It has responded but may be about to exit, as after an uncaught exception: it is warm once it asks for the next event.
    if (environment && (await environment.asking())) {
      if (generation === this.#generation) this.#warm.push(environment);
      else await environment.stop();
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}
