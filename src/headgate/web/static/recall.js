// The letter of a recall: one press selects it whole and copies it where the browser lets it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-selects]")) {
    const letter = document.getElementById(button.dataset.selects);
    const told = document.getElementById(`${button.dataset.selects}-told`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      getSelection().selectAllChildren(letter);
      letter.focus({ preventScroll: true });
      try {
        await navigator.clipboard.writeText(letter.textContent);
        told.textContent = "Copied.";
      } catch {
        told.textContent = "Selected; press Ctrl+C.";
      }
    });
  }
});
