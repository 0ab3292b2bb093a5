import * as v from "valibot";
import { queueUrl, readEnvironment } from "../../adapters/lambda/environment.ts";

export type NotifyConfig = {
  /** This function's own dead-letter queue. */
  readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
};

const schema: v.GenericSchema<unknown, NotifyConfig> = v.object({
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(): NotifyConfig {
  return readEnvironment(schema, process.env);
}
