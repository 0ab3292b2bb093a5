/** The problems of Moves besides those that records have, too. */
export const MOVE_PROBLEMS: Readonly<Record<string, string>> = {
  Blocked:
    "Of a Move: an object still has an annotation that blocks the move, or a Job of a CronJob that moves still runs.",
  Bound: "Of a Move: the object means something only in its own cluster.",
  CannotPause: "Of a Move: the place that would pause the object cannot be written.",
  Cycle: "Of a Move: objects own each other in a circle, so no order has owners first.",
  Gone: "Of a Move: somebody has deleted the object before it was resumed.",
  Grown:
    "Of a Move: the object was created after the move was planned, and would be deleted with its owner.",
  Held: "Of a Move: the source was deleted, and a finalizer holds it.",
  KeepsChanging: "Of a Move: somebody writes the object all the time, in one of the clusters.",
  MadeAgain:
    "Of a Move: after the source was deleted, somebody has made an object of its name there again.",
  MayDestroy:
    "Of a Move: nothing pauses the object, and the controller of its finalizer may delete what it stands for.",
  MovedByAnother: "Of a Move: another Move that has not ended has the object.",
  OwnersChanged: "Of a Move: the owners of the source are others than when the move was planned.",
  NoSharedVersion: "Of a Move: there is no version of the resource that both clusters serve.",
  NotDeclared:
    "Of a Move: the pipeline does not let functions carry it out, because no entry of `moves` covers all of it.",
  NothingSelected: "Of a Move: nothing matches what was selected.",
  OwnedOutside: "Of a Move: an owner of the object does not move.",
  LeavesData:
    "Of a Move: the volumes of a StatefulSet stay, so that its Pods would begin with empty ones.",
  OwnsOutside: "Of a Move: the object owns another one that does not move.",
  PlaceTaken: "Of a Move: the target has an object of that name.",
  Refused:
    "Of a Move: it has several problems, and this one names them all; or it cannot be rolled back any more.",
  RightMissing: "Of a Move: the user who carries it out lacks a right.",
  SeveralNamed:
    "Of a Move: a name without a namespace matches objects of several namespaces, of which one is meant.",
  SourceGone: "Of a Move: somebody has deleted the source, or created it again.",
  TargetChanges:
    "Of a Move: the target accepts the copy and stores a field in another way than it was written.",
  TooMany: "Of a Move: it has more objects than one Move may have.",
  Unread: "Of a Move: objects that a moved object may own could not be listed.",
};
