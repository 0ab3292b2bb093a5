/** The field of a Node that keeps new Pods away from it. */
export const UNSCHEDULABLE = ["spec", "unschedulable"] as const;
