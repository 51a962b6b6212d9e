// Vega-Lite without eval: expressions are interpreted, so that the pages' content security policy holds.
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";

const AXIS = ["labelColor", "titleColor"];

function themed(place) {
  const style = getComputedStyle(place);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const text = Object.fromEntries(AXIS.map((name) => [name, colour("muted")]));
  return {
    background: null,
    font: style.fontFamily,
    view: { stroke: null },
    axis: { ...text, gridColor: colour("line"), domainColor: colour("line"), tickColor: colour("line"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    legend: { ...text, labelFontSize: 12, title: null, orient: "top" },
    title: { color: colour("ink") },
    rule: { color: colour("ink") },
    mark: { color: colour("a") },
    range: { category: ["a", "b", "c", "d", "allow", "block", "unknown"].map(colour) },
  };
}

// Draw the Vega-Lite `spec` in `place`, as wide as it is, in the colours of the page; again when these change.
window.headgateChart = async (place, spec) => {
  const draw = async () => {
    const whole = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" }, config: themed(place) };
    const view = new View(parse(compile(whole).spec, null, { ast: true }), {
      expr: expressionInterpreter,
      renderer: "svg",
      container: place,
      hover: true,
      loader: { load: () => Promise.reject(new Error("nothing is loaded")), sanitize: () => Promise.reject(new Error("no links")) },
    });
    await view.runAsync();
    place.dataset.drawn = "true";
    return view;
  };
  let view = await draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () => {
    view.finalize();
    place.replaceChildren();
    view = await draw();
  });
};
