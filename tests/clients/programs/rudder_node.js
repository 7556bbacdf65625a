// RudderStack's Node library; only the address is ours.
const Analytics = require("@rudderstack/rudder-sdk-node");

const [dataPlaneUrl, userId] = process.argv.slice(2);
const client = new Analytics(process.env.WRITE_KEY, { dataPlaneUrl, flushInterval: 200 });
client.identify({ userId, traits: { plan: "pro" } });
client.track({ userId, event: "Client Spoke", properties: { text: "Grüße 😀", price: 1.5 } });
client.page({ userId, category: "Docs", name: "Start", properties: { path: "/start" } });
client.group({ userId, groupId: "g1", traits: { name: "Acme" } });
client.flush();
