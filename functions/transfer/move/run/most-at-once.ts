/** Requests of a move to one cluster at the same time: enough to hide the time of an answer, and few enough for its API server. */
export const MOST_AT_ONCE = 8;
