/** What Lambda passes of an SQS message: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export type SqsRecord = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    /** 1 on the first receive. */
    readonly ApproximateReceiveCount?: string;
    /** ms since the epoch. */
    readonly ApproximateFirstReceiveTimestamp?: string;
    /** Only on FIFO queues. */
    readonly MessageGroupId?: string;
    readonly [name: string]: string | undefined;
  };
  readonly messageAttributes?: {
    readonly [name: string]: { readonly stringValue?: string | undefined } | undefined;
  };
  /** ARN of the queue. */
  readonly eventSourceARN?: string;
};

export type SqsEvent = { readonly Records: readonly SqsRecord[] };

/** The messages that are named here are retried; the others are deleted. Needs `ReportBatchItemFailures`. */
export type SqsBatchResponse = {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

/** The part of Lambda's context that this project uses. */
export type LambdaContext = {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
};
