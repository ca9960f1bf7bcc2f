// "Use where I am" beside the box for a place; the page works without it, and nothing is asked before it is pressed.
const box = document.querySelector("[data-here]");

if (box && navigator.geolocation) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary hc-here";
  button.textContent = box.dataset.here;
  said.setAttribute("role", "status");
  button.addEventListener("click", () => {
    said.textContent = box.dataset.looking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        box.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        box.dispatchEvent(new Event("change", { bubbles: true }));
        said.textContent = box.dataset.found.replace("{metres}", Math.round(coords.accuracy));
      },
      () => {
        said.textContent = box.dataset.lost;
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  });
  box.after(button, said);
}
