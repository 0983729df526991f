// Comfort for the keyboard; the page does everything without it.
"use strict";
(() => {
  const box = document.getElementById("q");
  const links = [...document.querySelectorAll(".card h2 a")];
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  const walk = (step) => {
    const here = links.findIndex((link) => link.closest(".card").contains(document.activeElement));
    const next = here < 0 && step < 0 ? links.length - 1 : here + step;
    const link = links[Math.min(Math.max(next, 0), links.length - 1)];
    if (link) {
      link.focus();
      link.closest(".card").scrollIntoView({ block: "nearest" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
  });

  // Filters stay open beside the results on a wide screen, folded above them on a narrow one.
  const filters = document.getElementById("filters");
  if (filters) {
    const wide = window.matchMedia("(min-width: 60rem)");
    const fit = () => { filters.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
  }
})();
