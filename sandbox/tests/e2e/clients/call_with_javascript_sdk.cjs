// Makes calls with the AWS SDK for JavaScript v3 as a seller's program would, one after another.
//
// Reads a JSON list of {service, operation, input, pageSize?} and writes what each call came to:
// {answer}, {pages} or {error}. Everything about AWS, the endpoint too, comes from the environment.
"use strict";

const metering = require("@aws-sdk/client-marketplace-metering");
const entitlement = require("@aws-sdk/client-marketplace-entitlement-service");
const { SmithyRpcV2CborProtocol } = require("@smithy/core/cbor");

const settings = { maxAttempts: Number(process.env.ATTEMPTS) };
if (process.env.PROTOCOL === "cbor") {
  settings.protocol = SmithyRpcV2CborProtocol; // else the SDK's own choice
}
const clients = {
  metering: new metering.MarketplaceMeteringClient(settings),
  entitlement: new entitlement.MarketplaceEntitlementServiceClient(settings),
};
const packages = { metering, entitlement };

// JSON has no dates: what the SDK's types ask for as a Date comes in as seconds.
const withDates = (key, value) => (key === "Timestamp" ? new Date(value * 1000) : value);

function describe(error, service) {
  const itsClass = packages[service][error.name];
  return {
    name: error.name,
    message: error.message,
    fault: error.$fault ?? null,
    status: error.$metadata?.httpStatusCode ?? null,
    attempts: error.$metadata?.attempts ?? null,
    isOfItsOwnClass: itsClass !== undefined && error instanceof itsClass,
  };
}

async function readPages(client, { pageSize, input }) {
  const pages = [];
  for await (const page of entitlement.paginateGetEntitlements({ client, pageSize }, input)) {
    pages.push(page.Entitlements);
  }
  return pages;
}

async function perform(call) {
  const client = clients[call.service];
  const Command = packages[call.service][`${call.operation}Command`];
  try {
    if (call.pageSize !== undefined) {
      return { pages: await readPages(client, call) };
    }
    return { answer: await client.send(new Command(call.input)) };
  } catch (error) {
    return { error: describe(error, call.service) };
  }
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
  }
  const outcomes = [];
  for (const call of JSON.parse(Buffer.concat(chunks).toString("utf8"), withDates)) {
    outcomes.push(await perform(call));
  }
  process.stdout.write(JSON.stringify(outcomes));
  Object.values(clients).forEach((client) => client.destroy());
}

main();
