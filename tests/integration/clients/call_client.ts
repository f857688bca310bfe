// Calls methods of the client as its input says, and writes what each returned or threw.
import { readFileSync } from "node:fs";

import { ApiError, SellerApi } from "./meterhouse-client.ts";

interface Input {
  readonly url: string;
  readonly region: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly method: string;
  readonly parameters: readonly unknown[];
}

const input = JSON.parse(readFileSync(0, "utf8")) as Input;
const api = new SellerApi(input.url, input.key, input.region);
const methods = api as unknown as { [name: string]: (...parameters: unknown[]) => unknown };
try {
  const answer = await collect(methods[input.method]?.call(api, ...input.parameters));
  console.log(JSON.stringify({ answer }));
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.log(JSON.stringify({ error: { status: error.status, code: error.code } }));
}

async function collect(answer: unknown): Promise<unknown> {
  if (typeof answer !== "object" || answer === null || !(Symbol.asyncIterator in answer)) {
    return await answer;
  }
  return await Array.fromAsync(answer as AsyncIterable<unknown>);
}
