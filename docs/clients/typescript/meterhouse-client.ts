/**
 * A client of the seller's API, to copy into your product: fetch, and the signer of AWS's own SDK.
 *
 *     const api = new SellerApi(apiUrl, fromNodeProviderChain(), "us-east-1");
 *     for await (const result of api.sendUsage(events)) {
 *       if (result.status === "rejected") console.error("not billed", result);
 *     }
 *
 * Every request may be sent again: what is here waits and repeats where the API, or the network, says
 * that a later try may succeed. Needs @smithy/signature-v4, @smithy/core and @smithy/types.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity, Provider } from "@smithy/types";

const TRIES_MAX = 5;
const PAUSE_SECONDS_MAX = 60;
// What POST /usage takes at a time.
const REQUEST_EVENTS_MAX = 2_000;
const REQUEST_BYTES_MAX = 1_000_000;
const AGAIN = new Set([429, 500, 502, 503, 504]);
const USAGE_ANSWERS = new Set([202, 207, 422]);

export type Json = { readonly [name: string]: unknown };

/** What a contract holds of a dimension, which may be there several times; a quantity is exact as text. */
export type Held = { readonly dimension: string; readonly expires_at?: string } & (
  | { readonly kind: "quantity" | "name"; readonly value: string }
  | { readonly kind: "flag"; readonly value: boolean }
);

/** All that a contract holds, as AWS said at `asked_at`. */
export interface Entitlements {
  readonly asked_at: string;
  readonly all: readonly Held[];
}

/** One subscription as it stands; events/schemas/subscription.v1.schema.json has all fields. */
export interface Subscription {
  readonly key: string;
  readonly phase: "scheduled" | "pending" | "active" | "ending" | "ended" | "superseded";
  readonly has_access: boolean;
  readonly flags: readonly string[];
  readonly entitlements: Entitlements | null;
  readonly license_arn?: string;
  readonly account_id?: string;
  readonly agreement_id?: string;
  readonly tenant?: string;
}

export type Filter = { readonly phase: Subscription["phase"] } | { readonly account: string };

/**
 * Units of a dimension that a contract includes in a period; quantities are exact as texts. `granted` and `left` are
 * null as long as AWS has not said what the buyer is entitled to.
 */
export interface Allowance {
  readonly dimension: string;
  readonly period: string;
  readonly is_current: boolean;
  readonly ends_at: string | null;
  readonly granted: string | null;
  readonly taken: string;
  readonly left: string | null;
}

/** A usage event; quantities with a fraction are texts, so that no float changes them. */
export interface UsageEvent {
  readonly id: string;
  readonly subscription: string | Json;
  readonly dimension: string;
  readonly quantity: number | string;
  readonly time: string;
  readonly tags?: { readonly [key: string]: string };
}

/** A rule that a usage event breaks. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

/** What became of the event at a position of those that were sent. */
export type UsageResult =
  | { readonly position: number; readonly status: "accepted"; readonly id: string }
  | { readonly position: number; readonly status: "rejected"; readonly faults: readonly Fault[] };

interface ErrorForm extends Fault {
  readonly request_id: string;
  readonly details?: readonly Fault[];
}

/** The API did not do what was asked; its message says what to do. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly Fault[];

  constructor(status: number, error: ErrorForm) {
    super(`${status} ${error.code}: ${error.message} (${error.request_id})`);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? [];
  }
}

interface Call {
  readonly query?: { readonly [name: string]: string };
  readonly body?: string;
  readonly isWanted?: (status: number) => boolean;
}

/** The routes; `credentials` have the managed policies of the stack for those that you use. */
export class SellerApi {
  readonly #url: URL;
  readonly #signer: SignatureV4;

  constructor(
    url: string,
    credentials: AwsCredentialIdentity | Provider<AwsCredentialIdentity>,
    region: string,
  ) {
    this.#url = new URL(url);
    this.#signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  }

  /** Learn who came to your sign-up page with a reference; it can be redeemed once. */
  async redeem(reference: string): Promise<Json> {
    // The repetition of a request has the token of the first one: it is no second sign-up.
    const body = JSON.stringify({ reference, client_token: randomUUID() });
    return await this.#call<Json>("POST", "/registrations/redeem", { body });
  }

  /** Yield all subscriptions with the phase, or the account, that is wanted. */
  async *subscriptions(wanted: Filter): AsyncGenerator<Subscription> {
    let query: { readonly [name: string]: string } = wanted;
    for (;;) {
      const page = await this.#call<{
        readonly subscriptions: readonly Subscription[];
        readonly next_page?: string | null;
      }>("GET", "/subscriptions", { query });
      yield* page.subscriptions;
      if (!page.next_page) return;
      query = { ...wanted, page: page.next_page };
    }
  }

  /** Return a subscription by its key or its license ARN. */
  async subscription(subscription: string): Promise<Subscription> {
    const path = pathOf("subscriptions", subscription);
    return (await this.#call<{ readonly subscription: Subscription }>("GET", path)).subscription;
  }

  /** Return what a contract includes, by dimension and period, and what is left of it. */
  async allowances(subscription: string): Promise<readonly Allowance[]> {
    const path = pathOf("subscriptions", subscription, "allowances");
    return (await this.#call<{ readonly allowances: readonly Allowance[] }>("GET", path))
      .allowances;
  }

  /** Return what became of a subscription's usage between two times. */
  async usage(subscription: string, from: string, to: string): Promise<Json> {
    return await this.#call<Json>("GET", pathOf("subscriptions", subscription, "usage"), {
      query: { from, to },
    });
  }

  /** Say that your product sends no more usage of a subscription, now or since a time. */
  async stopped(subscription: string, stoppedAt?: string): Promise<Json> {
    return await this.#call<Json>("POST", pathOf("subscriptions", subscription, "stopped"), {
      body: JSON.stringify({ stopped_at: stoppedAt }),
    });
  }

  /** Return the subscriptions that pay for a tenant of yours. */
  async tenant(tenant: string): Promise<Json> {
    return await this.#call<Json>("GET", pathOf("tenants", tenant));
  }

  /** Let a subscription pay for a tenant of yours. */
  async link(tenant: string, subscription: string): Promise<Json> {
    return await this.#call<Json>("PUT", pathOf("tenants", tenant, "subscriptions", subscription));
  }

  /** Let a subscription pay for a tenant no longer. */
  async unlink(tenant: string, subscription: string): Promise<Json> {
    return await this.#call<Json>(
      "DELETE",
      pathOf("tenants", tenant, "subscriptions", subscription),
    );
  }

  /**
   * Send usage events, each with its own id and time; yield what became of each, in order.
   *
   * They go in as few requests as the API takes. If one fails for good, this throws; whatever was
   * not yielded yet may be sent again as it is.
   */
  async *sendUsage(events: Iterable<UsageEvent>): AsyncGenerator<UsageResult> {
    let position = 0;
    for (const share of sharesOf(events)) {
      const { results } = await this.#call<{ readonly results: readonly UsageResult[] }>(
        "POST",
        "/usage",
        { body: `{"events":[${share.join(",")}]}`, isWanted: (status) => USAGE_ANSWERS.has(status) },
      );
      for (const result of results) yield { ...result, position: position + result.position };
      position += share.length;
    }
  }

  async #call<Answer>(method: string, path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.#tryUntilAnswered(method, path, call);
    const isWanted = call.isWanted ?? ((status: number) => status >= 200 && status < 300);
    if (!isWanted(answer.status)) throw new ApiError(answer.status, await errorIn(answer));
    const text = await answer.text();
    return JSON.parse(text === "" ? "{}" : text) as Answer;
  }

  async #tryUntilAnswered(method: string, path: string, call: Call): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      let pauseSeconds = 2 ** (tries - 1);
      try {
        const answer = await this.#send(method, path, call);
        if (!AGAIN.has(answer.status) || tries === TRIES_MAX) return answer;
        pauseSeconds = Number(answer.headers.get("retry-after") ?? pauseSeconds);
      } catch (error) {
        if (tries === TRIES_MAX) throw error;
      }
      await sleep(Math.min(pauseSeconds, PAUSE_SECONDS_MAX) * 1_000);
    }
  }

  async #send(method: string, path: string, { query = {}, body }: Call): Promise<Response> {
    const url = new URL(this.#url.pathname.replace(/\/$/, "") + path, this.#url);
    const headers = { host: url.host, ...(body && { "content-type": "application/json" }) };
    const signed = await this.#signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: { ...query },
      headers,
      body,
    });
    url.search = new URLSearchParams(query).toString().replaceAll("+", "%20");
    return await fetch(url, { method, headers: signed.headers, body });
  }
}

function* sharesOf(events: Iterable<UsageEvent>): Generator<string[]> {
  const room = REQUEST_BYTES_MAX - '{"events":[]}'.length;
  let share: string[] = [];
  let left = room;
  for (const event of events) {
    const written = JSON.stringify(event);
    const size = Buffer.byteLength(written) + 1;
    left -= size;
    if (share.length > 0 && (left < 0 || share.length === REQUEST_EVENTS_MAX)) {
      yield share;
      share = [];
      left = room - size;
    }
    share.push(written);
  }
  if (share.length > 0) yield share;
}

function pathOf(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

/** Return the error of the API's form, or what API Gateway says before it gets that far. */
async function errorIn(answer: Response): Promise<ErrorForm> {
  const document = (await answer.json().catch(() => ({}))) as {
    readonly error?: ErrorForm;
    readonly message?: string;
  };
  return (
    document.error ?? {
      code: "refused",
      message: document.message ?? answer.statusText,
      request_id: answer.headers.get("apigw-requestid") ?? "",
    }
  );
}
