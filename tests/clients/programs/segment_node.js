// Segment's Node library; only the host is ours.
const { Analytics } = require("@segment/analytics-node");

const [host, userId] = process.argv.slice(2);
const client = new Analytics({ writeKey: process.env.WRITE_KEY, host });
client.identify({ userId, traits: { plan: "pro" } });
client.track({ userId, event: "Client Spoke", properties: { text: "Grüße 😀", price: 1.5 } });
client.page({ userId, category: "Docs", name: "Start", properties: { path: "/start" } });
client.group({ userId, groupId: "g1", traits: { name: "Acme" } });
client.closeAndFlush({ timeout: 120_000 });
