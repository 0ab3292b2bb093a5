/** What Lambda hands over of an SQS message: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export type SqsRecord = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    /** 1 at the first delivery. */
    readonly ApproximateReceiveCount?: string;
    /** On FIFO queues. */
    readonly MessageGroupId?: string;
    readonly [name: string]: string | undefined;
  };
  /** ARN of the queue. */
  readonly eventSourceARN?: string;
};

export type SqsEvent = { readonly Records: readonly SqsRecord[] };

/** Items that are named here come again; the others are deleted. Needs `ReportBatchItemFailures`. */
export type SqsBatchResponse = {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

/** What this project uses of Lambda's context. */
export type LambdaContext = {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
};
