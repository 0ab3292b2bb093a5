import type { MoveGrant } from "../../../core/pipeline/pipeline.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { isMoveMessage, parseTransferMessage, type MoveMessage } from "../../../events/transfer.ts";
import { toMoveEntry } from "../../../core/move/to-move-message.ts";
import type { Move } from "../../../events/moves/move.ts";
import { workOnMove, type WorkOnMoveDeps } from "../../../functions/transfer/moves/work-on-move.ts";
import type { MemoryWorld } from "./memory-world.ts";

/** The function transfer with the Moves of two clusters in memory: it gets messages, and those that it sends. */
export class MoveWork {
  readonly sent: MoveMessage[] = [];
  readonly counts: string[] = [];
  grants: readonly MoveGrant[] = [
    {
      to: ["target"],
      resources: ["tops.x.io", "middles.x.io", "leafs.x.io"],
      namespaces: ["shop"],
      pause: [{ resource: "tops.x.io", field: "spec.paused" }],
      removeFinalizers: ["x.io/hold"],
    },
  ];
  open: WorkOnMoveDeps["open"];
  lookMs: number | undefined;
  readonly #world: MemoryWorld;

  constructor(world: MemoryWorld) {
    this.#world = world;
    this.open = async () => world.toSide("target");
  }

  /** The message that the sweep sends about a Move. */
  toMessage({ metadata }: Move, occasion = "1"): MoveMessage {
    const cluster = { name: "source", uid: "uid-of-source" };
    return toMessage(toMoveEntry(cluster, metadata, { occasion, nowMs: this.#world.nowMs }));
  }

  async process(message: MoveMessage): Promise<void> {
    const access = { type: "secret", id: "target" } as const;
    const world = this.#world;
    const log = (): void => undefined;
    await workOnMove(
      {
        pipeline: { clusters: [{ name: "target", access }] },
        grants: this.grants.map((grant, at) => ({ ...grant, at })),
        source: world.toSide("source"),
        open: this.open,
        store: world.store(),
        send: async (entries) => void this.sent.push(...entries.map(toMessage)),
        now: () => world.nowMs,
        sliceMs: 0,
        lookMs: this.lookMs,
        pauseMs: 0,
      },
      message,
      {
        signal: new AbortController().signal,
        deadlineMs: Date.now() + 60_000,
        telemetry: {
          count: (name) => void this.counts.push(name),
          logger: { debug: log, info: log, warn: log, error: log },
        },
      },
    );
  }

  /** Processes a message, and all that follow from it. */
  async processAll(message: MoveMessage): Promise<void> {
    for (
      let next: MoveMessage | undefined = message;
      next !== undefined;
      next = this.sent.shift()
    ) {
      await this.process(next);
    }
  }
}

function toMessage({ body }: SqsEntry): MoveMessage {
  const parsed = parseTransferMessage(body);
  if (parsed.outcome === "refused" || !isMoveMessage(parsed.value)) throw new Error(body);
  return parsed.value;
}
