// mParticle's Node library; only the address is ours.
const mParticle = require("mparticle");

const [host, customerid, way] = process.argv.slice(2);
const api = new mParticle.EventsApi(new mParticle.Configuration("mp-key", "mp-secret"));
api.apiClient.basePath = `${host}/v2`;
const batch = new mParticle.Batch(mParticle.Batch.Environment.production);
batch.user_identities = new mParticle.UserIdentities();
batch.user_identities.customerid = customerid;
batch.user_attributes = { plan: "pro" };
const event = new mParticle.AppEvent(mParticle.AppEvent.CustomEventType.navigation, "Client Spoke");
event.custom_attributes = { text: "Grüße 😀", price: "1.5" };
batch.addEvent(event);
const told = (error) => error && console.log(`refused: ${error.status}`);
way === "bulk" ? api.bulkUploadEvents([batch], told) : api.uploadEvents(batch, told);
