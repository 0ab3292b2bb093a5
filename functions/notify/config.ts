import * as v from "valibot";
import { queueUrl, readEnvironment } from "../../adapters/lambda/environment.ts";
import { signingKeys, type SigningKeysSetting } from "../../adapters/signing/setting.ts";

export type NotifyConfig = SigningKeysSetting & {
  /** Pipeline file, for its receivers; default: pipeline.json next to the bundle. */
  readonly KUBEMEND_PIPELINE?: string | undefined;
  /** This function's own dead-letter queue. */
  readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
  /** Queue of wake-ups, to which it reports the threads that receivers hand out. */
  readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
};

const schema: v.GenericSchema<unknown, NotifyConfig> = v.object({
  KUBEMEND_SIGNING_KEYS: signingKeys,
  KUBEMEND_PIPELINE: v.optional(v.pipe(v.string(), v.nonEmpty())),
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(): NotifyConfig {
  return readEnvironment(schema, process.env);
}

/** A variable that the pipeline names as the place of a receiver's credential. */
export function readVariable(name: string): string | undefined {
  return process.env[name];
}
