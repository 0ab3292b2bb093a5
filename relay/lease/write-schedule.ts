import type { Clock } from "../runtime/clock.ts";
import { createNotifier } from "../runtime/notifier.ts";

/** Between the begins of two writes that sends wait for. */
const HURRY_MS = 20;

/** When the Lease is looked at, or written, next: in its time, or soon where somebody waits for it. */
export class WriteSchedule {
  readonly #clock: Pick<Clock, "nowMs" | "sleep">;
  readonly #wake = createNotifier();
  #isHurried = false;
  #begunMs = 0;

  constructor(clock: Pick<Clock, "nowMs" | "sleep">) {
    this.#clock = clock;
  }

  /** Ends the rest. */
  wake(): void {
    this.#wake.notify();
  }

  hurry(): void {
    this.#isHurried = true;
    this.wake();
  }

  /** A look or a write begins: it serves all who have hurried so far. */
  begin(): void {
    this.#isHurried = false;
    this.#begunMs = this.#clock.nowMs();
  }

  async rest(waitMs: number, mayHurry: () => boolean, signal: AbortSignal): Promise<void> {
    const isDue = (): boolean => this.#isHurried && mayHurry();
    if (!isDue()) await this.#orWoken(waitMs, signal);
    const leftMs = this.#begunMs + HURRY_MS - this.#clock.nowMs();
    if (isDue() && leftMs > 0) await this.#clock.sleep(leftMs, signal);
  }

  async #orWoken(waitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    await Promise.race([this.#clock.sleep(waitMs, stop), this.#wake.wait(stop)]);
    over.abort();
  }
}
