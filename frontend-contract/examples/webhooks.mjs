/**
 * A webhook from its making to its end: told of stock that runs out, given another secret, looked after, and deleted.
 *
 *   node frontend-contract/examples/webhooks.mjs .data/demo.json https://acme.example/hooks
 *
 * Prints what webhooks of the tenant were told of late. How a receiver checks a signature: docs/webhooks.md.
 */
import {
  CreateWebhookDocument,
  DeleteWebhookDocument,
  ReplayWebhookDeliveriesDocument,
  RotateWebhookSecretDocument,
  UpdateWebhookDocument,
  WebhookDeliveriesDocument,
  WebhookDeliveryDocument,
  WebhookEventType,
  WebhooksDocument,
} from "inventory-contract";
import { keyed, run } from "./ask.mjs";

await run("admin", async (ask, url) => {
  const events = [WebhookEventType.LOW_STOCK, WebhookEventType.OUT_OF_STOCK];
  const { webhook } = await ask(CreateWebhookDocument, keyed({ url, events }));
  const webhookId = webhook.id;
  // The secret is told this once, and when it is made anew: keep it where the receiver finds it.
  const { secret } = await ask(RotateWebhookSecretDocument, keyed({ webhookId }));
  await ask(UpdateWebhookDocument, keyed({ webhookId, description: "Tells the buyers." }));
  const { nodes } = await ask(WebhooksDocument);

  const deliveries = await ask(WebhookDeliveriesDocument, { first: 5 });
  const details = await Promise.all(deliveries.nodes.map(({ id }) => ask(WebhookDeliveryDocument, { id })));
  // What was missed since yesterday, once the receiver is well again.
  const from = new Date(Date.now() - 24 * 3_600_000).toISOString();
  const { count } = await ask(ReplayWebhookDeliveriesDocument, keyed({ webhookId, from }));
  await ask(DeleteWebhookDocument, keyed({ webhookId }));
  return {
    webhooks: nodes.map(({ description, active }) => ({ description, active })),
    secret: `${secret.slice(0, 8)}…`,
    told: details.map(({ event, state }) => ({ event, state })),
    sentAgain: count,
  };
});
