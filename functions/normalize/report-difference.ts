import type { ChangeMessage } from "../../events/change.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import { compareDigests } from "../../core/pipeline/compare-digests.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";

const REPORTED_MAX = 1000;

/** Relay and function are upgraded one after the other: their rules may differ meanwhile, and that is logged once per watch. */
export function reportDifference(
  pipeline: Pipeline,
  bound: readonly Rule[],
  message: ChangeMessage,
  { telemetry }: MessageContext,
  reported: Set<string>,
): void {
  const { rules, pipeline: whole } = compareDigests(pipeline, bound, message);
  if (!whole && rules.length === 0) return;
  telemetry.count("PipelineDiffers");
  const key = `${message.data.pipeline}/${message.data.watch}`;
  if (reported.has(key) || reported.size >= REPORTED_MAX) return;
  reported.add(key);
  const { watch, pipeline: relay } = message.data;
  telemetry.logger.warn("relay and function have different pipelines", {
    watch,
    relay,
    function: pipeline.digest,
    rules,
  });
}
