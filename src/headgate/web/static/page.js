// What every page does with JavaScript on: charts drawn from the data beside them, errors of partial requests told.
"use strict";

function drawCharts(root) {
  for (const place of root.querySelectorAll(".vega[data-spec]")) {
    const spec = JSON.parse(document.getElementById(place.dataset.spec).textContent);
    if (window.headgateChart) window.headgateChart(place, spec);
  }
}

document.addEventListener("DOMContentLoaded", () => drawCharts(document));
document.addEventListener("htmx:afterSwap", (event) => drawCharts(event.target));

// an answer that is no success is told in words, where the part would have stood
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const said = answer.querySelector("[role=alert]");
    const line = document.createElement("p");
    line.className = "notice";
    line.setAttribute("role", "alert");
    line.textContent = said ? said.textContent : event.detail.xhr.responseText.slice(0, 300);
    event.detail.target.prepend(line);
    event.detail.shouldSwap = false;
  }
});
