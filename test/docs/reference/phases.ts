import { MOVE_PROBLEMS } from "./move-problems.ts";
import type { RecordPhase } from "../../../events/remediation.ts";

/** The meaning of each phase of a record. */
export const PHASES: Readonly<Record<RecordPhase, string>> = {
  Pending: "It was created, and nothing has been done yet. A record without a status is Pending.",
  Waiting:
    "It waits until `wakeAt`: for the time of `for` or `at`, until its action can be done, for a result to verify, or to try again what has failed for a reason that may pass.",
  AwaitingApproval: "Its plan waits for a person: `kubemend approve` or `kubemend reject`.",
  Deferred:
    "It may not begin yet: another remediation of the same object has begun, or a guard of the rule holds it back.",
  Running: "Its plan is being carried out.",
  Succeeded: "It is done. The reason says what was done, or that there was nothing to do.",
  Failed: "A step of the plan failed for good, or its result could not be verified.",
  Refused:
    "It did not begin: a condition, a limit or the rule's authority was against it. If its wait ended because the state did not last, or a newer record takes its place, no Kubernetes Event says so, and it counts in the metric `WaitEnded`.",
  DryRun: "It is recorded what it would have done (mode: dryRun).",
  Expired:
    "Nobody approved it in time, a guard of the rule held it back for too long, or its action could not be done in time. The next match starts again.",
};

/** Every reason that the code gives to a record, a step or an alert. */
export const REASONS: Readonly<Record<string, string>> = {
  AlertedOnly: "The object is gone and the message was not signed, so only the alerts were sent.",
  AlreadyExists: "Another object has the name of the one that would be created, and is not ours.",
  ApprovalExpired: "Nobody decided within `approveWithin`.",
  ApprovalNeeded: "The plan waits for a decision.",
  At: "It waits for the time of `at`.",
  AtMaximum: "The quantity has reached the maximum that the rule allows.",
  Autoscaled: "A HorizontalPodAutoscaler scales the object and would set it back.",
  BlastRadius:
    "As many objects were remediated within the last hour as the rule allows (`guards.blastRadius`).",
  BlastRadiusUnknown:
    "It could not be counted how many objects the rule selects, of which `guards.blastRadius` is a part; the message says why. It is counted again.",
  BreakerOpen:
    "The last remediations of several objects have all failed, so the rule starts nothing for a while (`guards.breaker`).",
  ConcurrentRun: "A run of the CronJob is active, and another one is not allowed beside it.",
  ConditionNoLongerHolds:
    "`where` is false for the live object, as it is when the work would begin.",
  ConditionUnknown: "`where` reads a field that the live object does not have.",
  Contended: "Somebody else writes to the copy of a mirror all the time; it is tried again.",
  Controlled: "Another object controls the one that would be deleted, and may create it again.",
  Cooldown: "The same object was remediated shortly before (`guards.cooldown`).",
  CronJobNotFound: "The CronJob does not exist.",
  CronJobReplaced: "The CronJob has another uid than the one that the reference states.",
  CronJobTerminating: "The CronJob is being deleted.",
  DisruptionBudget:
    "A PodDisruptionBudget does not allow the eviction, or several select the Pod; the message has the reason.",
  EpisodeOver: "The live object is in another episode than the one that matched.",
  For: "It waits until the match has held as long as `for` says.",
  ForeignCluster:
    "The message is about a cluster whose changes no rule takes, or the server reached is another one than the one that is meant.",
  Frozen: "Nothing is started in this time (`guards.freezes`).",
  GuardContended:
    "Others were counted in the guard of the rule at the same time; it asks again within seconds.",
  GuardFull: "The guard of the rule keeps as many entries as it can.",
  HasFinalizers:
    "The object that would be deleted stays until the controllers of its finalizers have removed them.",
  Internal: "A fault of Kubemend. Please report it.",
  Interrupted: "The function ended while it carried out the plan; another run continues with it.",
  KeepsComing: "New targets came again and again after the ones before had been acted upon.",
  LocalStorage: "A Pod that would be evicted has an emptyDir volume, whose data would be lost.",
  InvalidField: "A field that the rule sets in copies cannot be written there.",
  JobDiffers:
    "The Job differs in fields that no Job can change, and the policy is not recreate. The message names the fields.",
  JobRunning: "The Job that would be deleted is running.",
  LoopDepth:
    "The change, or the state of the target, was caused by a chain of three remediations or more within an hour, in which this rule has acted before; or the rule has changed the target three times within an hour.",
  MalformedMessage: "A message cannot be read, so it is a dead letter.",
  ManagedField: "A manager that would revert the change owns the field.",
  MaxInFlight: "As many remediations of the rule are in progress as may be (`guards.maxInFlight`).",
  MaxPerHour:
    "As many remediations of the rule were started within the last hour as may be (`guards.maxPerHour`).",
  Drifted:
    "Others have changed fields of a copy that its source has changed since, and the rule only reports that (`drift: report`).",
  Mirrored: "The copy of the object is in order again.",
  MirrorConflict:
    "An object of the copy's name is in the target, and Kubemend did not put it there.",
  MirrorPod: "The kubelet runs the Pod from a file on its Node, and would run it again.",
  MirroredByOtherRule: "Another rule keeps the copy.",
  CopyTerminating:
    "A finalizer has held the copy for five minutes after somebody deleted it: the message names it.",
  CopyOfCopy:
    "The object is a copy itself by now, and its own copy is not deleted, because each may be the copy of the other; or it was restored from its own copy. The message says what to do.",
  CopyUnrecognized:
    "The object has no copy any more. What is at the copy's place looks like it and has lost its annotations, so it is not deleted.",
  MirroredFromElsewhere: "The copy of another object has the copy's name.",
  NamespaceMissing: "The trigger has no namespace, and the rule names none.",
  NoContainer: "The Pod template has no such container, or several and the rule names none.",
  NoCount: "The value of the expression is no whole number.",
  NoCurrentValue: "The quantity that would be multiplied is not set.",
  NoQuantity: "The value of the expression is no quantity.",
  NoReason: "The reason of an Event is one word of at most 128 letters and digits.",
  NoRevision:
    "The Deployment has no such revision, or had no other version before the present one.",
  NoScale: "The object has no scale subresource.",
  NoText: "The value of the expression is no text.",
  NotFound: "An object of the plan does not exist any more.",
  NotReferred: "No Pod template can use the trigger, so it has no referrers.",
  NotOptedIn:
    "Neither the object, live, nor its namespace has the labels that `guards.optIn` asks for.",
  NotSelected:
    "The live object is not selected by the rule any more, or is in a namespace such as kube-system that the rule does not name.",
  NotServed: "The cluster does not serve a resource that is needed.",
  NotStored:
    "The API server accepted the change without an error and did not store a field of it: the schema lacks the field, or an admission webhook or policy keeps the old value.",
  NotVerified: "`verify` was false at the end of its time.",
  NothingToDo: "The actions had nothing to change.",
  NullValue: "The value of the expression is null: a field is removed with `remove`.",
  ObjectTooDeep: "The rule reads the body of an object that is nested too deeply to be read whole.",
  OnDelete: "The workload replaces its Pods only when they are deleted.",
  OptedOut:
    'The object, live, or its namespace has the label or annotation `kubemend.dev/remediate: "false"`.',
  OtherScope:
    "The resource is cluster-scoped in one of the clusters and in namespaces in the other.",
  OutOfReach: "The action's object is beyond the rule's `reach`.",
  OwnerAmbiguous: "The trigger has several owners that could be meant.",
  OwnerElsewhere: "The trigger is in another namespace than the Job that it would own.",
  OwnerGone: "The trigger is gone or being deleted, so the Job that it would own would be deleted.",
  OwnerMissing: "The trigger has no owner: name the CronJob in the rule.",
  OwnerNotCronJob: "The trigger's owner is no CronJob.",
  OwnerUnconfirmed: "The owner reference has no uid by which the CronJob could be confirmed.",
  OwnerUnresolved: "The owner reference cannot be resolved; the message has the candidates.",
  Paused:
    "Somebody has paused the rule, or all rules, in `spec.paused` of its RuleGuard or of the one named `all`.",
  PlanTooLarge: "The plan would not fit into a record.",
  PlanUnreadable: "The plan that the record has cannot be read.",
  PreconditionFailed:
    "The object that would be changed is another one by now, or a field has another value than when the plan was made.",
  RedactedField: "The field never leaves the cluster, so no plan can have it.",
  ReferenceAmbiguous: "The trigger has several references that could be meant: add kind or index.",
  ReferenceMissing: "The trigger has no such reference.",
  ReferenceNotCronJob: "The reference does not lead to a CronJob.",
  ReferenceUnconfirmed: "The reference has no uid by which the CronJob could be confirmed.",
  ReferenceUnresolved: "The reference cannot be resolved; the message has the candidates.",
  Rejected: "A person rejected the plan.",
  Remediated: "The actions were carried out.",
  Reopened: "The same episode matched again, after an end that did not use it up.",
  RequestAboveLimit: "The container would request more than its limit.",
  RequestRefused: "The request is not one that the rule would make.",
  Retrying:
    "An attempt failed for a reason that may pass; the cause and the next time are in the status.",
  RolloutPaused: "The Deployment is paused, so no Pod would be replaced.",
  RuleChanged: "The rule is another one than when the record was created.",
  RuleError: "An expression of the rule failed; the alert names it.",
  SameTemplate: "The Deployment has the Pod template of that revision already.",
  StillThere:
    "The deleted Job, or a Pod of it, is still there at the end of the time for it; the message has its finalizers.",
  Storm: "More matches come than the storm brake lets pass (`guards.stormBrake`).",
  Superseded:
    "The live object is in another state, or a newer remediation of it takes this one's place.",
  Suspended: "The CronJob is suspended.",
  TargetBreakerOpen:
    "The remediations of the object fail, or it comes back again and again, so it is left alone for a while (`guards.breaker`).",
  TargetHeld: "Another remediation of the same object has begun.",
  TargetKind:
    "The target is of a kind that the action cannot change, or of another resource than the rule says.",
  TargetNotFound: "The target does not exist.",
  TargetRefused: "`whereTarget` is false for the object that would be acted upon.",
  TargetReplaced: "The target has another uid than the reference states.",
  TargetTerminating: "The target is being deleted.",
  TargetUnknown: "`whereTarget` reads a field that this object does not have.",
  TargetsFailed:
    "Of many targets some have failed; the message has the numbers and the first ones.",
  TargetsWait:
    "Of many targets some wait, each for its own reason, or are left for the next run of the function.",
  SystemNamespace:
    "The target is in `kube-system`, `kube-public`, `kube-node-lease` or `kubemend`, and `reach` does not name that namespace.",
  Terminating: "It waits until the deleted Job and its Pods are gone.",
  TooLong: "A label has at most 63 characters.",
  TooExpensive:
    "`where` needs too many steps of CEL on the objects of a namespace to say which of them are targets.",
  TooManyTargets: "There are more targets than `atMost` allows.",
  TriggerExists: "The rule is about a deletion, and the object exists.",
  TriggerGone: "The object was gone before the work began.",
  TriggerNotCronJob: "`cronJob: trigger` in a rule whose trigger is no CronJob.",
  TriggerReplaced: "An object of the same name has another uid.",
  Unknown: "A deleted object was never seen whole, so the condition cannot be decided.",
  UnmanagedPod: "A Pod that would be evicted has no controller that would create it elsewhere.",
  UnknownField:
    "The object has no such field, so the API server has stored nothing of the change; the message names the field.",
  Unsigned: "An alert without a valid signature: it is a dead letter.",
  Unverified:
    "The message is not signed, and the cluster does not show what it says, so only the alerts were sent.",
  VerifyUnknown: "The created object was gone before it could be verified.",
  Verifying: "It waits for `verify` to hold.",
  WindowClosed: "It is outside the maintenance windows of the rule (`guards.windows`).",
  WouldWait: "Its action could not be done yet, so it would wait (mode: dryRun).",
  WouldRemediate: "The plan, and what the API server answered to it with dryRun=All.",
  ...MOVE_PROBLEMS,
};
