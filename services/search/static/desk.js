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

  suggestWhileTyping(box);
  document.querySelectorAll(".chart[data-brush]").forEach(brushDates);

  // Filters stay open beside the results on a wide screen, folded above them on a narrow one.
  const filters = document.getElementById("filters");
  if (filters) {
    const wide = window.matchMedia("(min-width: 60rem)");
    const fit = () => { filters.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
  }
})();

// A combobox as the ARIA authoring practices describe it: the input keeps the focus, the arrows
// walk through the list, Enter follows the chosen suggestion or else searches as typed.
function suggestWhileTyping(box) {
  const form = box && box.closest("form[data-suggest]");
  if (!form || form.getAttribute("action") !== "/") return;
  const waitMilliseconds = 100;
  const list = document.createElement("ul");
  Object.assign(list, { id: "suggestions", className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.suggestLabel);
  const told = document.createElement("p");
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  box.after(list, told);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id };
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
  let chosen = -1;
  let timer = 0;
  let asking = null;

  const choose = (place) => {
    chosen = place;
    [...list.children].forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === place));
      if (number === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", list.children[place].id);
  };
  const show = (isShown) => {
    list.hidden = !isShown;
    box.setAttribute("aria-expanded", String(isShown));
    choose(-1);
  };
  const follow = (option) => { location.assign(option.dataset.url); };
  const fill = (suggestions) => {
    list.replaceChildren(...suggestions.map((suggestion, number) => {
      const option = document.createElement("li");
      option.id = `suggestion-${number}`;
      option.setAttribute("role", "option");
      option.dataset.url = suggestion.url;
      for (const [name, text] of [["what", suggestion.label], ["kind", suggestion.hint]]) {
        const part = document.createElement("span");
        part.className = name;
        part.textContent = text;
        option.append(part, " ");
      }
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => follow(option));
      return option;
    }));
    show(suggestions.length > 0);
    told.textContent = form.dataset.suggestCount.replace("#", suggestions.length);
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const url = new URL(form.dataset.suggest, location.href);
    for (const [name, value] of new FormData(form)) {
      if (value && !["sort", "size", "lang"].includes(name)) url.searchParams.append(name, value);
    }
    try {
      const answer = await fetch(url, { signal: asking.signal });
      if (answer.ok) fill((await answer.json()).suggestions);
    } catch {
      // Typing goes on, or the desk is away: the form works without suggestions.
    }
  };

  show(false);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    if (box.value.trim().length < 2) show(false);
    else timer = setTimeout(ask, waitMilliseconds);
  });
  const stop = () => {
    clearTimeout(timer);
    asking?.abort();
    show(false);
  };
  box.addEventListener("blur", stop);
  form.addEventListener("submit", stop);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") choose(chosen + 1 < count ? chosen + 1 : -1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? count - 1 : chosen - 1);
    else if (event.key === "Escape") show(false);
    else if (event.key === "Enter" && chosen >= 0) follow(list.children[chosen]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// Drag over the bars of a date chart to choose their days; each bar is a link without this.
function brushDates(chart) {
  const slots = [...chart.querySelectorAll("g[data-first]")];
  const form = chart.parentElement.querySelector("form.dates");
  if (!form || slots.length < 2) return;
  let begin = -1;
  let end = -1;
  const find = (event) => {
    const places = slots.map((slot) => slot.getBoundingClientRect());
    const place = places.findIndex((box) => event.clientX <= box.right);
    return place < 0 ? slots.length - 1 : place;
  };
  const paint = () => slots.forEach((slot, place) => {
    const isIn = begin >= 0 && begin !== end
      && place >= Math.min(begin, end) && place <= Math.max(begin, end);
    slot.classList.toggle("brushed", isIn);
  });
  const forget = () => {
    begin = end = -1;
    paint();
  };
  chart.addEventListener("dragstart", (event) => event.preventDefault());
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    begin = end = find(event);
  });
  window.addEventListener("pointermove", (event) => {
    if (begin < 0) return;
    end = find(event);
    paint();
  });
  window.addEventListener("pointerup", () => {
    if (begin < 0) return;
    if (begin === end) {
      forget();
      return;
    }
    const name = chart.dataset.brush;
    form.elements[`${name}_from`].value = slots[Math.min(begin, end)].dataset.first;
    form.elements[`${name}_to`].value = slots[Math.max(begin, end)].dataset.last;
    forget();
    chart.addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
    form.requestSubmit();
  });
  window.addEventListener("pointercancel", forget);
}
