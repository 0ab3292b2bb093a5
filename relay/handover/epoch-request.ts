/** What a renewal writes as epoch. */
export type NextEpoch = {
  /** A new epoch; undefined: the one that the Lease has. */
  readonly value: number | undefined;
  /** This renewal answers a request. */
  readonly isRequested: boolean;
  /** The epoch is, or will be, this term's own. */
  readonly isOwn: boolean;
};

/** The request for a new epoch, from when it is made until a renewal of the Lease has written it. Requests made meanwhile share it. */
export class EpochRequest {
  #request: PromiseWithResolvers<void> | undefined;
  /** A write of this epoch was begun, and may have arrived although its answer did not. */
  #wanted: number | undefined;
  #isRaised = false;

  /** Resolves when the epoch is raised, or with nothing done when the signal is aborted. */
  async request(signal: AbortSignal): Promise<void> {
    const request = (this.#request ??= Promise.withResolvers<void>());
    const { promise, resolve } = Promise.withResolvers<void>();
    const give = (): void => resolve();
    signal.addEventListener("abort", give, { once: true });
    if (!signal.aborted) await Promise.race([request.promise, promise]);
    signal.removeEventListener("abort", give);
  }

  isRequested(): boolean {
    return this.#request !== undefined;
  }

  /** Whether this term has an epoch of its own. */
  isRaised(): boolean {
    return this.#isRaised;
  }

  isWanted(epoch: number): boolean {
    return epoch === this.#wanted;
  }

  /** `highest`: of all epochs that Lease and journal know. */
  next(highest: number): NextEpoch {
    const isRequested = this.#request !== undefined;
    if (isRequested) this.#wanted = highest + 1;
    return { value: this.#wanted, isRequested, isOwn: isRequested || this.#isRaised };
  }

  /** The requested epoch is durable in Lease and journal. */
  raised(): void {
    this.#isRaised = true;
    this.#wanted = undefined;
    this.#request?.resolve();
    this.#request = undefined;
  }

  termBegins(): void {
    this.#isRaised = false;
  }

  termEnds(): void {
    this.#request = undefined;
    this.#wanted = undefined;
  }
}
