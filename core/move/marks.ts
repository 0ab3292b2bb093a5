/**
 * The annotations of an object that was moved: by which Move (its uid), from which cluster (its uid), and which object it was there. They are
 * others than those of a mirror's copy: an object that was moved is no copy, and may be mirrored and moved on.
 */
export const MOVED_BY_ANNOTATION = "kubemend.dev/moved-by";
export const MOVED_FROM_ANNOTATION = "kubemend.dev/moved-from";
export const MOVED_UID_ANNOTATION = "kubemend.dev/moved-uid";
/** A random value of each object, which only the MoveSteps have before there is a copy. */
export const MOVED_MARK_ANNOTATION = "kubemend.dev/moved-mark";
