import { withStage } from "./with-stage.ts";

/*
 * `npm run deploy -- --settings FILE`: deploys what `npm run package` with the same arguments has packed. osls reads the settings of the
 * stage once more, so both need them.
 */
withStage("deploy", ({ osls }) => osls("deploy", "--package", ".serverless"));
