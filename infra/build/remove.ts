import { withStage } from "./with-stage.ts";

/* `npm run remove -- --settings FILE`: removes the stack of a stage, its queues with their messages included. osls reads the built files. */
withStage("remove", ({ build, osls }) => build() || osls("remove"));
