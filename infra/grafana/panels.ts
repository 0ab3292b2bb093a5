/** A curve of a panel. */
export type Query =
  /** Of Prometheus. `$of` stands for the selector of the relays that are shown. */
  | { readonly expr: string; readonly legend: string }
  /** Of CloudWatch: the sum of a metric, a curve for each value of its dimension. */
  | {
      readonly metric: string;
      readonly by: string;
      readonly namespace?: string;
      readonly statistic?: "Sum" | "Maximum" | "p50" | "p99";
    };

export type Panel = {
  readonly title: string;
  /** The meaning of a rise, in a sentence; docs/metrics.md says more. */
  readonly about: string;
  readonly unit: "short" | "ops" | "s" | "ms" | "bytes" | "reqps";
  readonly queries: readonly Query[];
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

const rate = (metric: string, by: string): Query => ({
  expr: `sum by (${by}) (rate(${metric}{$of}[$__rate_interval]))`,
  legend: by
    .split(", ")
    .map((label) => `{{${label}}}`)
    .join(" "),
});
const value = (metric: string, legend: string): Query => ({ expr: `${metric}{$of}`, legend });
const quantile = (q: number): Query => ({
  expr: `histogram_quantile(${q}, sum by (le) (rate(kubemend_relay_lag_seconds_bucket{$of}[$__rate_interval])))`,
  legend: `p${q * 100}`,
});
const counted = (metric: string, by = "service"): Query => ({ metric, by });

export const ROWS: readonly Row[] = [
  {
    title: "Is anything wrong?",
    panels: [
      {
        title: "Relays that publish",
        about: "Always 1. At 0 for longer than 15 s nothing is published.",
        unit: "short",
        queries: [{ expr: "sum(kubemend_relay_lease_active{$of})", legend: "leaders" }],
      },
      {
        title: "Watches in trouble",
        about: "Watches that do not deliver. The log of the relay names the cause.",
        unit: "short",
        queries: [
          {
            expr: 'max by (watch, state) (kubemend_relay_watch_state{$of,state!~"watching|starting"}) > 0',
            legend: "{{watch}} {{state}}",
          },
        ],
      },
      {
        title: "Dead letters and failures",
        about: "Messages that no retry can help, and alerts that a receiver did not take.",
        unit: "short",
        queries: [counted("Poison"), counted("Dropped"), counted("DeliveryFailed", "receiver")],
      },
      {
        title: "Lag of the relay",
        about: "From reading a change until the queue has accepted it.",
        unit: "s",
        queries: [quantile(0.5), quantile(0.99)],
      },
      {
        title: "Oldest message of each queue",
        about: "Above ten minutes a function does not keep up, or fails.",
        unit: "s",
        queries: [
          {
            metric: "ApproximateAgeOfOldestMessage",
            by: "QueueName",
            namespace: "AWS/SQS",
            statistic: "Maximum",
          },
        ],
      },
      {
        title: "Errors and throttles of the functions",
        about: "Invocations that failed as a whole, or that Lambda held back.",
        unit: "short",
        queries: [
          { metric: "Errors", by: "FunctionName", namespace: "AWS/Lambda" },
          { metric: "Throttles", by: "FunctionName", namespace: "AWS/Lambda" },
        ],
      },
    ],
  },
  {
    title: "The relay",
    panels: [
      {
        title: "Changes",
        about: "Changes that the queue has accepted.",
        unit: "ops",
        queries: [rate("kubemend_relay_changes_total", "resource, change")],
      },
      {
        title: "Buffer",
        about: "What was read and not accepted yet. At 64 MiB or 10,000 the relay stops reading.",
        unit: "bytes",
        queries: [value("kubemend_relay_buffered_bytes", "{{pod}}")],
      },
      {
        title: "Changes in the buffer",
        about: "At 10,000 the relay stops reading.",
        unit: "short",
        queries: [value("kubemend_relay_buffered_objects", "{{pod}}")],
      },
      {
        title: "Requests to the queue",
        about: "If refused rises, nothing gets through: credentials, network, or the queue.",
        unit: "reqps",
        queries: [
          rate("kubemend_relay_queue_requests_total", "outcome"),
          rate("kubemend_relay_queue_refusals_total", "code"),
        ],
      },
      {
        title: "Watch requests that ended",
        about: "closed is normal; docs/relay.md explains each other cause.",
        unit: "ops",
        queries: [rate("kubemend_relay_watch_interruptions_total", "resource, cause")],
      },
      {
        title: "Snapshots and fallbacks",
        about:
          "Each snapshot reads all objects of a watch. One for each watch at a start is normal.",
        unit: "ops",
        queries: [
          rate("kubemend_relay_snapshots_total", "resource, cause"),
          rate("kubemend_relay_watchlist_fallbacks_total", "resource"),
        ],
      },
      {
        title: "Gaps and what cannot be sent",
        about: "States in between, or deletions, that may be missing.",
        unit: "ops",
        queries: [
          rate("kubemend_relay_gaps_total", "resource"),
          rate("kubemend_relay_handover_gaps_total", "resource"),
          rate("kubemend_relay_unsendable_total", "resource, outcome"),
        ],
      },
      {
        title: "Age of the checkpoints",
        about: "What a restart reads again. A quiet watch moves about once a minute.",
        unit: "s",
        queries: [value("kubemend_relay_checkpoint_age_seconds", "{{pod}} {{watch}}")],
      },
      {
        title: "Questions about objects that left",
        about: "unanswered holds changes back: a right to get and list is missing.",
        unit: "ops",
        queries: [rate("kubemend_relay_confirmations_total", "outcome")],
      },
      {
        title: "Lease and epoch",
        about:
          "Each start and takeover is a step. Many steps an hour: look at losses and failures.",
        unit: "short",
        queries: [
          value("kubemend_relay_epoch", "{{pod}} epoch"),
          value("kubemend_relay_lease_epoch", "{{pod}} epoch of the Lease"),
          value("kubemend_relay_lease_acquisitions_total", "{{pod}} acquired"),
          value("kubemend_relay_lease_losses_total", "{{pod}} lost"),
        ],
      },
      {
        title: "Requests for the Lease",
        about: "The leader renews every 1.5 s. Failures that last end in a loss.",
        unit: "reqps",
        queries: [
          rate("kubemend_relay_lease_renewals_total", "pod"),
          rate("kubemend_relay_lease_failures_total", "pod"),
        ],
      },
      {
        title: "Pipeline files",
        about: "A refused one is not in use: run kubemend validate on it.",
        unit: "ops",
        queries: [rate("kubemend_relay_pipeline_reloads_total", "outcome")],
      },
      {
        title: "Memory",
        about: "131 to 163 MB are usual.",
        unit: "bytes",
        queries: [value("process_resident_memory_bytes", "{{pod}}")],
      },
      {
        title: "CPU",
        about: "A relay that is throttled for six seconds loses the Lease.",
        unit: "s",
        queries: [rate("process_cpu_seconds_total", "pod")],
      },
      {
        title: "Delay of the event loop",
        about: "Above a second the process is starved of CPU or memory.",
        unit: "s",
        queries: [value("nodejs_eventloop_lag_p99_seconds", "{{pod}}")],
      },
    ],
  },
  {
    title: "The functions",
    panels: [
      {
        title: "Messages received and done",
        about: "A gap between the two is retries.",
        unit: "short",
        queries: [counted("Received"), counted("Done")],
      },
      {
        title: "Retries by reason",
        about: "The code says why; docs/metrics.md says what to do.",
        unit: "short",
        queries: [counted("RetriedBy", "code")],
      },
      {
        title: "Decisions",
        about: "RuleError is a faulty rule. Unknown is a field that an object does not have.",
        unit: "short",
        queries: ["Matched", "NotMatched", "Unknown", "RuleError"].map((name) => counted(name)),
      },
      {
        title: "Remediations that ended",
        about: "Failed and Refused are in the records, with the reason.",
        unit: "short",
        queries: [counted("Remediation", "outcome")],
      },
      {
        title: "From change to end of the remediation",
        about: "Waits that the rule asks for are part of it.",
        unit: "ms",
        queries: (["p50", "p99"] as const).map((statistic) => ({
          metric: "RemediationLatency",
          by: "rule",
          statistic,
        })),
      },
      {
        title: "Held back",
        about: "Guards hold remediations back; many at once are a storm.",
        unit: "short",
        queries: ["HeldBack", "Superseded", "WaitEnded"].map((name) => counted(name)),
      },
      {
        title: "Alerts",
        about: "Delivered counts each receiver.",
        unit: "short",
        queries: [
          counted("Alerts"),
          counted("Delivered", "receiver"),
          counted("AlertsWithoutReceiver"),
        ],
      },
      {
        title: "Who sends?",
        about: "Without valid signature, or of another version of the rules.",
        unit: "short",
        queries: ["UnsignedChange", "PipelineDiffers", "Unbound"].map((name) => counted(name)),
      },
      {
        title: "Records, and a silent relay",
        about: "RelaySilent: nobody renews the Lease.",
        unit: "short",
        queries: ["Records", "Woken", "Left", "RelaySilent"].map((name) => counted(name)),
      },
      {
        title: "Mirrors, and targets that are away",
        about: "Behind: the copies get old. Unread and Unswept: nobody looks.",
        unit: "short",
        queries: ["Mirrors", "MirrorsBehind", "MirrorsUnread", "ClusterUnswept"].map((name) =>
          counted(name),
        ),
      },
      {
        title: "Moves, and those with a problem",
        about: "With a problem: a person has to do something. Unread: nobody looks.",
        unit: "short",
        queries: ["Moves", "MovesWithProblem", "MovesUnread"].map((name) => counted(name)),
      },
    ],
  },
];
