// The queue by keyboard: y, n, u and s press the buttons that say so. With JavaScript off the buttons are there all the same.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = document.querySelector(`#labelling button[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});

// a second press while the first is on its way is not a second answer
document.addEventListener("submit", (event) => {
  if (event.target.id !== "labelling") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  const form = document.getElementById("labelling");
  if (form) delete form.dataset.sent;
});
