import type { DatabaseSync } from "node:sqlite";
import type { buildApp } from "fauxqs";

/** The part of fauxqs that we use beyond its public API. */
export type QueueStore = {
  persistence?: Persistence;
  readonly createQueue: (
    name: string,
    url: string,
    arn: string,
    attributes: Readonly<Record<string, string>>,
  ) => unknown;
  readonly getQueueByName: (name: string) => QueueHandle | undefined;
  readonly allQueues: () => Iterable<QueueHandle>;
};

type QueueHandle = {
  persistence?: Persistence;
  readonly setAttributes: (attributes: Readonly<Record<string, string>>) => void;
};

type Persistence = {
  readonly db: DatabaseSync;
  readonly loadSqsAndSns: (queues: QueueStore, topics: unknown) => void;
  readonly close: () => void;
  updateMessageReady: (messageId: string) => void;
};

type App = ReturnType<typeof buildApp>;

/**
 * Assembles the SQS server (fauxqs, exact version) from its parts instead of calling its `startFauxqs`, which always
 * listens on all interfaces. It is loaded here because only the sandbox's queues need it.
 */
export async function loadQueueServer(
  dataDir: string | undefined,
): Promise<{ readonly app: App; readonly store: QueueStore }> {
  const { buildApp } = await import("fauxqs");
  const { SqsStore } = await importPart<{ SqsStore: new () => QueueStore }>("sqs/sqsStore.js");
  const { SnsStore } = await importPart<{ SnsStore: new () => unknown }>("sns/snsStore.js");
  const { S3Store } = await importPart<{ S3Store: new () => unknown }>("s3/s3Store.js");
  await acceptAllCharacters();
  const store = new SqsStore();
  const topics = new SnsStore();
  const stores = { sqsStore: store, snsStore: topics, s3Store: new S3Store() };
  const persistence = dataDir === undefined ? undefined : await openPersistence(dataDir);
  if (persistence !== undefined) {
    // Set only after loading: writing during the load would delete the messages of the queue that was just read.
    persistence.loadSqsAndSns(store, topics);
    store.persistence = persistence;
    for (const queue of store.allQueues()) queue.persistence = persistence;
  }
  const app = buildApp({ logger: false, stores: stores as never });
  if (persistence !== undefined) app.addHook("onClose", () => persistence.close());
  return { app, store };
}

async function openPersistence(dataDir: string): Promise<Persistence> {
  const { PersistenceManager } = await importPart<{
    PersistenceManager: new (dataDir: string) => Persistence;
  }>("persistence.js");
  const persistence = new PersistenceManager(dataDir);
  const statement = persistence.db.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  // fauxqs' own statement also clears the receive count, which its table forbids: ChangeMessageVisibility to 0 would fail.
  persistence.updateMessageReady = (messageId) => void statement.run(messageId);
  return persistence;
}

/** fauxqs rejects characters above U+FFFF, such as an emoji in an annotation, which SQS accepts. */
async function acceptAllCharacters(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR: invalid } = await importPart<{
    INVALID_MESSAGE_BODY_CHAR: RegExp;
  }>("sqs/sqsTypes.js");
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  const refused = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  invalid.test = (text) => refused.test(text);
}

async function importPart<T>(path: string): Promise<T> {
  return (await import(new URL(path, import.meta.resolve("fauxqs")).href)) as T;
}
