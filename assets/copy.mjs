// Take the libraries that need no building as they are, and the licences of all that is shipped.
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const to = "../src/headgate/web/static/";
copyFileSync("node_modules/htmx.org/dist/htmx.min.js", `${to}htmx.min.js`);
copyFileSync("node_modules/cytoscape/dist/cytoscape.min.js", `${to}cytoscape.min.js`);

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const bundled = Object.keys(JSON.parse(readFileSync("node_modules/.bundled.json", "utf8")).inputs).join("\n");
const whole = ["node_modules/htmx.org", "node_modules/cytoscape"];
const shipped = Object.entries(packages).filter(([path]) => path && (whole.includes(path) || bundled.includes(`${path}/`)));
const told = shipped.map(([path, { version, license }]) => {
  const file = readdirSync(path).find((name) => /^licen[sc]e/i.test(name));
  const text = file ? readFileSync(`${path}/${file}`, "utf8").trim() : "";
  return `${path.replace("node_modules/", "")} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(`${to}LICENSES.txt`, told.join("\n----\n\n"));
