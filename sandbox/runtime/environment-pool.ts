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
    try {
      if (this.#stopped) return toInvocationError("Sandbox.Stopped", "the function was stopped");
      environment = this.#warm.pop() ?? (await this.#add());
      if (this.#stopped) await environment.stop();
      return await environment.invoke(payload);
    } catch (error) {
      return toInvocationError("Sandbox.Failed", describeError(error));
    } finally {
      void this.#release(environment);
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

  async #release(environment: ExecutionEnvironment | undefined): Promise<void> {
    // It has responded but may be about to exit, as after an uncaught exception: it is warm once it asks for the next event.
    if (environment && (await environment.asking())) this.#warm.push(environment);
    const next = this.#waiting.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}
