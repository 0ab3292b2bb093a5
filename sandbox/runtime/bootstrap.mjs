// The runtime client of a function: imports the bundle, then in a loop gets an event from the Runtime API and posts the response.
// It follows the contract of AWS's own client (aws-lambda-ric), which can be started in its place:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// Plain JavaScript: it also runs from node_modules, where Node does not load TypeScript.
import { existsSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

// File descriptor 3 is a pipe to the sandbox, which closes when the sandbox exits, in whatever way. A separate thread notices
// that even while the handler blocks the main thread, so that no function is left behind.
const WATCHDOG = `const { Socket } = require("node:net");
new Socket({ fd: 3, readable: true }).on("close", () => process.kill(process.pid, "SIGKILL")).resume();`;

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
let currentRequestId;

function call(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

function post(path, value, headers = {}) {
  const body = Buffer.from(JSON.stringify(value === undefined ? null : value));
  return call("POST", path, body, {
    ...headers,
    "content-type": "application/json",
    "content-length": body.length,
  });
}

function postError(path, error) {
  const known = error instanceof Error;
  const report = {
    errorType: known ? error.name : typeof error,
    errorMessage: known ? error.message : String(error),
    trace: known && error.stack ? error.stack.split("\n") : [],
  };
  return post(path, report, { "lambda-runtime-function-error-type": report.errorType });
}

function runtimeError(name, message, cause) {
  const error = new Error(message, { cause });
  error.name = name;
  if (cause instanceof Error) error.stack = cause.stack;
  return error;
}

async function loadHandler() {
  const name = process.env._HANDLER;
  const dot = name.lastIndexOf(".");
  const base = join(process.env.LAMBDA_TASK_ROOT, name.slice(0, dot));
  const file = [".mjs", ".js"]
    .map((extension) => base + extension)
    .find((path) => existsSync(path));
  if (file === undefined) {
    throw runtimeError("Runtime.ImportModuleError", `Cannot find module '${base}'`);
  }
  let bundle;
  try {
    bundle = await import(pathToFileURL(file).href);
  } catch (error) {
    const isSyntax = error instanceof SyntaxError;
    const type = isSyntax ? "Runtime.UserCodeSyntaxError" : error?.name;
    throw runtimeError(type ?? "Error", error?.message ?? String(error), error);
  }
  const handler = bundle[name.slice(dot + 1)];
  if (typeof handler !== "function") {
    throw runtimeError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (handler.length > 2) {
    // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html: nodejs24.x does not support callbacks.
    throw runtimeError("Runtime.CallbackHandlerDeprecated", `${name} takes a callback`);
  }
  return handler;
}

function toContext(headers) {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function answer(handler, { headers, body }) {
  const id = headers["lambda-runtime-aws-request-id"];
  currentRequestId = id;
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  let response;
  try {
    response = await handler(JSON.parse(body), toContext(headers));
  } catch (error) {
    await postError(`invocation/${id}/error`, error);
    return;
  }
  await post(`invocation/${id}/response`, response);
}

// After an uncaught error the process is in an unknown state: it reports the error and exits, as on AWS.
async function giveUp(name, error) {
  const path =
    currentRequestId === undefined ? "init/error" : `invocation/${currentRequestId}/error`;
  const report = runtimeError(name, error?.message ?? String(error), error);
  console.error(report.stack);
  await postError(path, report).catch(() => {});
  process.exit(1);
}

new Worker(WATCHDOG, { eval: true }).unref();
process.on("uncaughtException", (error) => void giveUp(error?.name ?? "Error", error));
process.on(
  "unhandledRejection",
  (error) => void giveUp("Runtime.UnhandledPromiseRejection", error),
);

const handler = await loadHandler().catch(async (error) => {
  console.error(error.stack);
  await postError("init/error", error);
  process.exit(1);
});
for (;;) {
  const work = await call("GET", "invocation/next").catch(() => process.exit(0));
  await answer(handler, work);
}
