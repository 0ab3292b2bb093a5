import type { Clock } from "../runtime/clock.ts";
import { createNotifier } from "../runtime/notifier.ts";

/** Between the starts of two writes that sends wait for. */
const HURRY_MS = 20;

/** When the Lease is read or written next: after the retry period, or soon if somebody waits for it. */
export class WriteSchedule {
  readonly #clock: Pick<Clock, "nowMs" | "sleep">;
  readonly #wake = createNotifier();
  #isHurried = false;
  #begunMs = 0;

  constructor(clock: Pick<Clock, "nowMs" | "sleep">) {
    this.#clock = clock;
  }

  /** Ends the wait. */
  wake(): void {
    this.#wake.notify();
  }

  hurry(): void {
    this.#isHurried = true;
    this.wake();
  }

  /** A read or a write begins: it serves every request so far. */
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
