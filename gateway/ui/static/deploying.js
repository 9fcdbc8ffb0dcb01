// Changing what is deployed.
import { ask, poll, seen } from "./gateway.js";
import { $, choose, tell, write } from "./paper.js";
import { DEFAULT_NAMESPACE } from "./words.js";

/** Resolves when the dialog was answered: to whether the answer was yes. */
function confirmed(dialog) {
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

async function attempt(what, work) {
  try {
    await work();
    tell(what);
  } catch (error) {
    tell(error.message);
  }
  await poll();
}

export async function scale({ name, namespace, key }) {
  write($("scale-title"), `Scale ${name}`);
  $("replicas").value = seen.functions.get(key)?.replicas ?? 1;
  if (!(await confirmed($("scale-dialog")))) return;
  const replicas = Number($("replicas").value);
  await attempt(`${name} was asked for ${replicas} replicas`, () =>
    ask("POST", `/system/scale-function/${name}`, { serviceName: name, namespace, replicas }),
  );
}

export async function remove({ name, namespace }) {
  write($("remove-title"), `Remove ${name}?`);
  if (!(await confirmed($("remove-dialog")))) return;
  await attempt(`${name} was removed`, async () => {
    await ask("DELETE", "/system/functions", { functionName: name, namespace });
    location.hash = "#/";
  });
}

const FORM = { variables: "envVars", labels: "labels", annotations: "annotations" };

export function deploy(deployed = null) {
  const { name = "", image = "", envProcess = "", namespace = DEFAULT_NAMESPACE, secrets = [] } = deployed ?? {};
  write($("deploy-title"), deployed ? `Deploy ${name} again` : "Deploy a function");
  choose($("new-namespace"), seen.namespaces.length ? seen.namespaces : [DEFAULT_NAMESPACE]);
  const values = { name, image, process: envProcess, namespace, secrets: secrets.join(", ") };
  for (const [field, value] of Object.entries(values)) $(`new-${field}`).value = value;
  for (const [field, member] of Object.entries(FORM)) {
    const pairs = Object.entries(deployed?.[member] ?? {}).filter(([key]) => !TOLD.has(key));
    $(`new-${field}`).value = pairs.map(([key, value]) => `${key}=${value}`).join("\n");
  }
  $("new-name").readOnly = Boolean(deployed);
  $("new-namespace").disabled = Boolean(deployed);
  $("refused").hidden = true;
  $("deploy-form").dataset.kept = JSON.stringify(kept(deployed ?? {}));
  $("deploy-dialog").showModal();
  $(deployed ? "new-image" : "new-name").focus();
}

/** What describe adds to annotations, and nobody has deployed. */
const TOLD = new Set(["com.fanfold.last-exit", "com.fanfold.last-exit-at", "com.fanfold.restarts"]);

/** What a deployment has beside what the form shows. */
const kept = ({ limits, requests, constraints, readOnlyRootFilesystem }) => ({ limits, requests, constraints, readOnlyRootFilesystem });

function pairsOf(text) {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim())
      .map((line) => [line.split("=")[0].trim(), line.split("=").slice(1).join("=")]),
  );
}

/** Sends what the form says; gives whether it was taken. */
export async function send() {
  const value = (field) => $(`new-${field}`).value.trim();
  const deployment = {
    ...JSON.parse($("deploy-form").dataset.kept),
    service: value("name"),
    image: value("image"),
    namespace: value("namespace"),
    envProcess: value("process"),
    secrets: value("secrets").split(/[\s,]+/).filter(Boolean),
    ...Object.fromEntries(Object.entries(FORM).map(([field, member]) => [member, pairsOf($(`new-${field}`).value)])),
  };
  try {
    await ask("POST", "/system/functions", deployment);
  } catch (error) {
    $("refused").hidden = false;
    write($("refused"), error.message);
    $("refused").scrollIntoView({ block: "nearest" });
    return false;
  }
  $("deploy-dialog").close();
  tell(`${deployment.service} was deployed`);
  await poll();
  location.hash = `#/${deployment.namespace}/${deployment.service}`;
  return true;
}
