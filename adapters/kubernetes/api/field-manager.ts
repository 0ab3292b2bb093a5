/** Names Kubemend in managedFields. */
export const FIELD_MANAGER = "kubemend";
