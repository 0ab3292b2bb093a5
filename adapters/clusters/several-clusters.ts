/*
 * What remediate needs only for pipelines with several clusters, loaded on demand and as one: with two dynamic imports the bundler would cut
 * the code that every cold start reads into more pieces.
 */
export { openOthers } from "./open-others.ts";
export { openSeveral } from "./several-sources.ts";
